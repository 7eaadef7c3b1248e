package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	yamlparser "github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/rawbytes"
	"github.com/knadh/koanf/v2"
	"go.yaml.in/yaml/v3"
)

// EnvPrefix begins the name of every environment variable that is read. The rest is the path of the field in capitals,
// joined by _: CAUSEWAY_LISTEN, CAUSEWAY_LOG_LEVEL. A list is given whole, as YAML or JSON:
// CAUSEWAY_CHANNELS='[{name: card.acme, …}]'. Variables of other names are left to others.
const EnvPrefix = "CAUSEWAY_"

// fileMax bounds the configuration file and the files of secrets, in bytes.
const fileMax = 1 << 20

// Error names everything that is wrong with a configuration, each as the path of a field and its fault, sorted.
type Error struct{ Faults []string }

// Error lists the faults, one on a line.
func (e *Error) Error() string {
	return "the configuration is not valid:\n  " + strings.Join(e.Faults, "\n  ")
}

// Load reads the file at path, if path is not empty, and then environ, in the form of [os.Environ], whose variables win.
// It returns an *Error that names every fault at once.
func Load(path string, environ []string) (Config, error) {
	settings := koanf.New(".")
	if path != "" {
		if err := loadFile(settings, path); err != nil {
			return Config{}, &Error{[]string{fmt.Sprintf("%s: %v", path, err)}}
		}
	}
	j := &judge{}
	j.environment(settings, environ)
	c := Default()
	if err := j.decode(settings, &c); err != nil {
		return Config{}, err
	}
	c.fill()
	c.reveal(j, environ)
	c.judge(j)
	if err := j.err(); err != nil {
		return Config{}, err
	}
	return c, nil
}

func loadFile(settings *koanf.Koanf, path string) error {
	text, err := read(path)
	if err != nil {
		return err
	}
	if err := settings.Load(rawbytes.Provider(text), yamlparser.Parser()); err != nil {
		return withoutValues(err)
	}
	// The parser stops after the first document, and what follows it would be dropped in silence.
	documents := yaml.NewDecoder(bytes.NewReader(text))
	for range 2 {
		var document yaml.Node
		if err := documents.Decode(&document); errors.Is(err, io.EOF) {
			return nil
		}
	}
	return errors.New("must be a single YAML document")
}

// quoted is how the YAML library shows values and the names of anchors, either of which may be a secret.
var quoted = regexp.MustCompile("(?s)`.*?`|'.*'")

func withoutValues(err error) error {
	return errors.New(quoted.ReplaceAllString(err.Error(), "…"))
}

// environment sets every field that a variable names.
func (j *judge) environment(settings *koanf.Koanf, environ []string) {
	fields := variables()
	for _, pair := range environ {
		name, text, _ := strings.Cut(pair, "=")
		field, ok := fields[name]
		if !ok {
			continue
		}
		var value any = text
		if !field.isText {
			err := yaml.Unmarshal([]byte(text), &value)
			j.require(err == nil, field.path, "%s is not YAML", name)
		}
		err := settings.Set(field.path, value)
		j.require(err == nil, field.path, "%s cannot be set", name)
	}
}

// variable is the field that an environment variable sets.
type variable struct {
	path   string
	isText bool // taken as it stands: 1 is a name too, and a password may hold any sign
}

// variables maps the name of each environment variable to its field.
func variables() map[string]variable {
	names := map[string]variable{}
	var walk func(t reflect.Type, path string)
	walk = func(t reflect.Type, path string) {
		for field := range t.Fields() {
			at := path + field.Tag.Get("koanf")
			if field.Type.Kind() == reflect.Struct {
				walk(field.Type, at+".")
				continue
			}
			name := EnvPrefix + strings.ToUpper(strings.ReplaceAll(at, ".", "_"))
			names[name] = variable{path: at, isText: field.Type.Kind() == reflect.String || field.Type == durationType}
		}
	}
	walk(reflect.TypeFor[Config](), "")
	return names
}

// Variables lists the environment variables that are read, sorted.
func Variables() []string { return slices.Sorted(maps.Keys(variables())) }

// decode fills c with the settings that fit it.
func (j *judge) decode(settings *koanf.Koanf, c *Config) error {
	tree := settings.Raw()
	j.shape(tree, reflect.TypeFor[Config](), "")
	decoder, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		Result: c, TagName: "koanf", DecodeHook: mapstructure.StringToTimeDurationHookFunc(),
		MatchName: func(key, field string) bool { return key == strings.ToLower(field) },
	})
	if err != nil {
		return err
	}
	return decoder.Decode(tree)
}

var durationType = reflect.TypeFor[time.Duration]()
