package config

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/money"
)

// Limits of what can be set.
const (
	timeoutMin  = 100 * time.Millisecond
	timeoutMax  = time.Minute
	shutdownMax = 5 * time.Minute
	inFlightMax = 4096
	channelsMax = 100
	bpsMax      = 10_000
)

// judge collects faults under the path of the field that they are about.
type judge struct{ found []string }

func (j *judge) require(ok bool, path, format string, args ...any) {
	if !ok {
		j.found = append(j.found, path+": "+fmt.Sprintf(format, args...))
	}
}

func (j *judge) oneOf(value, path string, words ...string) {
	j.require(slices.Contains(words, value), path, "must be %s", strings.Join(words, " or "))
}

// faults names everything that is wrong with the values.
func (c Config) faults() []string {
	j := &judge{}
	for path, address := range map[string]string{"listen": c.Listen, "admin_listen": c.AdminListen} {
		_, _, err := net.SplitHostPort(address)
		j.require(err == nil, path, "must be host:port")
	}
	j.require(isWebAddress(c.PublicURL), "public_url", "must be an http or https address")
	sqlite := strings.HasPrefix(c.Database, "sqlite:") && c.Database != "sqlite:"
	j.require(sqlite || strings.HasPrefix(c.Database, "postgres://"), "database", "must be sqlite:FILE or postgres://…")
	redis, err := url.Parse(c.Redis)
	j.require(c.Redis == "" || (err == nil && strings.HasPrefix(redis.Scheme, "redis")), "redis", "must be redis://host:port")
	j.oneOf(c.Mode, "mode", "test", "live")
	j.require(c.Shutdown >= 0 && c.Shutdown <= shutdownMax, "shutdown", "must be between 0s and %s", shutdownMax)
	j.oneOf(c.Log.Level, "log.level", "debug", "info", "warn", "error")
	j.oneOf(c.Log.Format, "log.format", "text", "json")

	names := map[string]bool{}
	for i, r := range c.Rates {
		path := fmt.Sprintf("rates[%d]", i)
		r.judge(j, path)
		j.require(!names[r.Name], path+".name", "%q is used twice", r.Name)
		names[r.Name] = true
	}
	j.require(len(c.Channels) <= channelsMax, "channels", "at most %d", channelsMax)
	for i, ch := range c.Channels {
		path := fmt.Sprintf("channels[%d]", i)
		ch.judge(j, path)
		j.require(c.Mode != "live" || ch.Mode == "live", path+".mode", "a live database takes live channels only")
		j.require(c.Mode != "test" || ch.Mode == "test", path+".mode", "a test database takes test channels only")
		j.require(!names[ch.Name], path+".name", "%q is used twice", ch.Name)
		names[ch.Name] = true
	}
	return j.found
}

func (r Rates) judge(j *judge, path string) {
	j.require(isName.MatchString(r.Name), path+".name", "must be lower-case letters, digits and -")
	j.oneOf(r.Kind, path+".kind", "json", "ecb", "fixed")
	j.require(r.Interval >= timeoutMin, path+".interval", "must be at least %s", timeoutMin)
	j.require(r.MaxAge > 0, path+".max_age", "must be more than zero")
	switch r.Kind {
	case "json", "ecb":
		j.require(isWebAddress(r.URL), path+".url", "must be an http or https address")
		j.require(len(r.Values) == 0, path+".values", "only a fixed source has values")
	case "fixed":
		j.require(r.URL == "", path+".url", "a fixed source has none")
		j.require(len(r.Values) > 0, path+".values", "must name at least one pair")
	}
	for pair, value := range r.Values {
		base, quote, _ := strings.Cut(pair, "/")
		at := path + ".values." + pair
		b, baseErr := money.ParseAsset(base)
		q, quoteErr := money.ParseAsset(quote)
		j.require(baseErr == nil && quoteErr == nil, at, "must be a pair such as EUR/USD")
		_, err := money.ParseRate(value, b, q)
		j.require(err == nil, at, "must be a positive decimal number in quotes")
	}
}

func (c Channel) judge(j *judge, path string) {
	j.require(isChannel.MatchString(c.Name) && strings.HasPrefix(c.Name, c.Rail+"."), path+".name", "must be the rail, a dot and a name: card.acme-eu")
	j.oneOf(c.Rail, path+".rail", "card")
	j.oneOf(c.Driver, path+".driver", "acquirer")
	j.require(isWebAddress(c.URL), path+".url", "must be an http or https address")
	j.require(c.Secret != "", path+".secret", "is missing")
	j.require(c.CallbackSecret == "" || isSigningSecret(c.CallbackSecret.Reveal()), path+".callback_secret", "must be whsec_ and 24 to 64 bytes in base64")
	j.oneOf(c.Mode, path+".mode", "test", "live")
	j.require(len(c.Currencies) > 0, path+".currencies", "must name at least one")
	for i, code := range c.Currencies {
		_, err := money.LookupAsset(code, "")
		j.require(err == nil, fmt.Sprintf("%s.currencies[%d]", path, i), "no such currency")
	}
	for name, amounts := range map[string][]money.Wire{"min": c.Min, "max": c.Max, "low_value": c.LowValue} {
		for i, wire := range amounts {
			_, err := wire.Amount()
			j.require(err == nil, fmt.Sprintf("%s.%s[%d]", path, name, i), "%v", err)
		}
	}
	j.require(c.Cost.Bps >= 0 && c.Cost.Bps <= bpsMax, path+".cost.bps", "must be between 0 and %d", bpsMax)
	if c.Cost.Fixed != (money.Wire{}) {
		_, err := c.Cost.Fixed.Amount()
		j.require(err == nil, path+".cost.fixed", "%v", err)
	}
	j.require(c.Timeout >= timeoutMin && c.Timeout <= timeoutMax, path+".timeout", "must be between %s and %s", timeoutMin, timeoutMax)
	j.require(c.MaxInFlight >= 1 && c.MaxInFlight <= inFlightMax, path+".max_in_flight", "must be between 1 and %d", inFlightMax)
	j.require(c.Capabilities.IdempotentReplay >= 0, path+".capabilities.idempotent_replay", "must not be negative")
	j.require(c.Capabilities.VisibilityHorizon >= 0, path+".capabilities.visibility_horizon", "must not be negative")
}

var (
	isName    = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
	isChannel = regexp.MustCompile(`^[a-z]+\.[a-z0-9-]{1,40}$`)
)

func isWebAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
}

// isSigningSecret follows Standard Webhooks 1.0.0: between 192 and 512 bits.
func isSigningSecret(text string) bool {
	encoded, prefixed := strings.CutPrefix(text, "whsec_")
	key, err := base64.StdEncoding.DecodeString(encoded)
	return prefixed && err == nil && len(key) >= 24 && len(key) <= 64
}
