// Package config reads how the gateway is set up: one struct with usable defaults, filled from a YAML file and from the
// environment. None of it is needed to start.
package config

import (
	"fmt"
	"log/slog"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/rawbytes"
	"github.com/knadh/koanf/v2"

	"github.com/causeway-pay/causeway/money"
)

// Config is everything that an operator can set.
type Config struct {
	Listen      string `koanf:"listen"`       // host:port of the API
	PublicURL   string `koanf:"public_url"`   // how browsers and channels reach it
	AdminListen string `koanf:"admin_listen"` // host:port of metrics and profiles
	Database    string `koanf:"database"`     // sqlite:FILE or postgres://…
	Redis       string `koanf:"redis"`        // redis://…, optional: shares breakers between gateways
	Gateway     string `koanf:"gateway"`      // name of this instance, unlike all others; empty: made up at start
	Mode        string `koanf:"mode"`         // test or live: what money the database holds
	Rules       string `koanf:"rules"`        // file of treasury's rules; empty: the ones built in

	AllowPrivateWebhooks bool          `koanf:"allow_private_webhooks"` // deliver to private addresses, for development
	Shutdown             time.Duration `koanf:"shutdown"`               // how long a stop may wait for what is under way

	Log      Log       `koanf:"log"`
	Rates    []Rates   `koanf:"rates"`
	Channels []Channel `koanf:"channels"`
}

// Log says what is logged and how.
type Log struct {
	Level  string `koanf:"level"`  // debug, info, warn or error
	Format string `koanf:"format"` // text or json
}

// Rates is one source of exchange rates.
type Rates struct {
	Name     string            `koanf:"name"`
	Kind     string            `koanf:"kind"`     // json, ecb or fixed
	URL      string            `koanf:"url"`      // of json and ecb
	Interval time.Duration     `koanf:"interval"` // between questions
	MaxAge   time.Duration     `koanf:"max_age"`  // of json: older rates are stale
	Firm     bool              `koanf:"firm"`     // firm quotes may rest on it
	Values   map[string]string `koanf:"values"`   // of fixed: "EUR/USD": "1.10"
}

// Channel is one provider on one rail.
type Channel struct {
	Name           string        `koanf:"name"` // rail and provider: card.acme-eu
	Rail           string        `koanf:"rail"`
	Driver         string        `koanf:"driver"`
	URL            string        `koanf:"url"`
	Secret         Secret        `koanf:"secret"`
	CallbackSecret Secret        `koanf:"callback_secret"`
	Mode           string        `koanf:"mode"` // test or live
	Currencies     []string      `koanf:"currencies"`
	Min            []money.Wire  `koanf:"min"`       // least amount, per currency
	Max            []money.Wire  `koanf:"max"`       // most, per currency
	LowValue       []money.Wire  `koanf:"low_value"` // most that is risked right after it was down, per currency
	Cost           Cost          `koanf:"cost"`
	Priority       int           `koanf:"priority"` // lower is tried first
	Timeout        time.Duration `koanf:"timeout"`
	MaxInFlight    int           `koanf:"max_in_flight"`
	Capabilities   Capabilities  `koanf:"capabilities"`
}

// Cost is what the channel charges us for each charge.
type Cost struct {
	Bps   int64      `koanf:"bps"`
	Fixed money.Wire `koanf:"fixed"`
}

// Capabilities is what the provider promises. Absent means that it does not.
type Capabilities struct {
	IdempotentReplay  time.Duration `koanf:"idempotent_replay"`
	Inquiry           bool          `koanf:"inquiry"`
	Fence             bool          `koanf:"fence"`
	Void              bool          `koanf:"void"`
	VisibilityHorizon time.Duration `koanf:"visibility_horizon"`
	PreExecutionCodes []string      `koanf:"pre_execution_codes"`
}

// Secret is text that is never printed. In the file it stands as env:NAME, file:PATH or, in test mode, as it is.
type Secret string

// String hides the secret.
func (Secret) String() string { return "(secret)" }

// LogValue hides the secret from logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// Default returns what holds for every field that is not set.
func Default() Config {
	return Config{
		Listen: "127.0.0.1:8080", PublicURL: "http://localhost:8080", AdminListen: "127.0.0.1:9090",
		Database: "sqlite:causeway.db", Mode: "test", Shutdown: 25 * time.Second,
		Log: Log{Level: "info", Format: "text"},
	}
}

// Defaults of a rate source and of a channel.
const (
	intervalDefault    = 10 * time.Second
	maxAgeDefault      = time.Minute
	timeoutDefault     = 5 * time.Second
	maxInFlightDefault = 64
)

// EnvPrefix begins the name of every environment variable that is read: CAUSEWAY_LISTEN, CAUSEWAY_LOG_LEVEL. A list is
// given as YAML: CAUSEWAY_CHANNELS='[{name: card.acme, …}]'.
const EnvPrefix = "CAUSEWAY_"

// Load reads the file at path, if path is not empty, and then the environment, whose variables win. It returns a *Error
// that names every fault at once.
func Load(path string, environ []string) (Config, error) {
	settings := koanf.New(".")
	if path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return Config{}, &Error{[]string{fmt.Sprintf("configuration file: %v", err)}}
		}
		if err := settings.Load(rawbytes.Provider(text), yaml.Parser()); err != nil {
			return Config{}, &Error{[]string{fmt.Sprintf("%s: %v", path, err)}}
		}
	}
	faults := loadEnvironment(settings, environ)
	c := Default()
	faults = append(faults, decode(settings, &c)...)
	c.fill()
	faults = append(faults, c.reveal(environ)...)
	faults = append(faults, c.faults()...)
	if len(faults) > 0 {
		slices.Sort(faults)
		return Config{}, &Error{slices.Compact(faults)}
	}
	return c, nil
}

// Error names everything that is wrong with a configuration.
type Error struct{ Faults []string }

// Error lists the faults, one on a line.
func (e *Error) Error() string {
	return "the configuration is not valid:\n  " + strings.Join(e.Faults, "\n  ")
}

// loadEnvironment sets every field that a variable names.
func loadEnvironment(settings *koanf.Koanf, environ []string) []string {
	names := variables()
	var faults []string
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		path, ok := names[name]
		if !ok {
			continue // others may use the prefix for their own
		}
		parsed, err := yaml.Parser().Unmarshal([]byte("value: " + value))
		if err != nil {
			faults = append(faults, name+": is not YAML")
			continue
		}
		if err := settings.Set(path, parsed["value"]); err != nil {
			faults = append(faults, fmt.Sprintf("%s: %v", name, err))
		}
	}
	return faults
}

// variables maps the name of each environment variable to the path of its field.
func variables() map[string]string {
	names := map[string]string{}
	var walk func(t reflect.Type, path string)
	walk = func(t reflect.Type, path string) {
		for i := range t.NumField() {
			at := path + t.Field(i).Tag.Get("koanf")
			if t.Field(i).Type.Kind() == reflect.Struct {
				walk(t.Field(i).Type, at+".")
				continue
			}
			names[EnvPrefix+strings.ToUpper(strings.ReplaceAll(at, ".", "_"))] = at
		}
	}
	walk(reflect.TypeFor[Config](), "")
	return names
}

// decode fills c and names every field that is unknown or of the wrong kind.
func decode(settings *koanf.Koanf, c *Config) []string {
	var meta mapstructure.Metadata
	decoder, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		Result: c, TagName: "koanf", Metadata: &meta, WeaklyTypedInput: false,
		DecodeHook: mapstructure.ComposeDecodeHookFunc(mapstructure.StringToTimeDurationHookFunc()),
		MatchName:  func(key, field string) bool { return key == strings.ToLower(field) },
	})
	if err != nil {
		return []string{err.Error()}
	}
	var faults []string
	if err := decoder.Decode(settings.Raw()); err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			if line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "*")); line != "" && !strings.HasPrefix(line, "decoding failed") {
				faults = append(faults, line)
			}
		}
	}
	for _, key := range meta.Unused {
		faults = append(faults, key+": no such field")
	}
	return faults
}

// fill sets what the elements of lists leave out.
func (c *Config) fill() {
	for i := range c.Rates {
		orElse(&c.Rates[i].Interval, intervalDefault)
		orElse(&c.Rates[i].MaxAge, maxAgeDefault)
	}
	for i := range c.Channels {
		orElse(&c.Channels[i].Timeout, timeoutDefault)
		orElse(&c.Channels[i].MaxInFlight, maxInFlightDefault)
		orElse(&c.Channels[i].Mode, c.Mode)
	}
}

func orElse[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// reveal replaces references to secrets by what they refer to.
func (c *Config) reveal(environ []string) []string {
	var faults []string
	for i := range c.Channels {
		for name, secret := range map[string]*Secret{"secret": &c.Channels[i].Secret, "callback_secret": &c.Channels[i].CallbackSecret} {
			if err := secret.resolve(environ, c.Channels[i].Mode); err != nil {
				faults = append(faults, fmt.Sprintf("channels[%d].%s: %v", i, name, err))
			}
		}
	}
	return faults
}

func (s *Secret) resolve(environ []string, mode string) error {
	text := string(*s)
	if name, ok := strings.CutPrefix(text, "env:"); ok {
		i := slices.IndexFunc(environ, func(pair string) bool { return strings.HasPrefix(pair, name+"=") })
		if i < 0 {
			return fmt.Errorf("the environment has no %s", name)
		}
		*s = Secret(strings.TrimPrefix(environ[i], name+"="))
		return nil
	}
	if path, ok := strings.CutPrefix(text, "file:"); ok {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		*s = Secret(strings.TrimSpace(string(data)))
		return nil
	}
	if text != "" && mode == "live" {
		return fmt.Errorf("must be env:NAME or file:PATH in live mode")
	}
	return nil
}

// Variables lists the environment variables that are read, sorted.
func Variables() []string { return slices.Sorted(maps.Keys(variables())) }
