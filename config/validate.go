package config

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/money"
)

// Limits of what can be set.
const (
	timeoutMin        = 100 * time.Millisecond
	timeoutMax        = time.Minute
	shutdownMax       = 5 * time.Minute
	claimsAfterMax    = 30 * 24 * time.Hour
	intervalMax       = 24 * time.Hour
	inFlightMax       = 4096
	ratesMax          = 20
	channelsMax       = 100
	bpsMax            = 10_000
	paceMax           = 100_000
	reconcileAfterMax = 48 * time.Hour
)

// judge collects faults, the first that is found with each field.
type judge struct{ found map[string]string }

func (j *judge) require(ok bool, path, format string, args ...any) {
	if ok || j.found[path] != "" {
		return
	}
	if j.found == nil {
		j.found = map[string]string{}
	}
	j.found[path] = fmt.Sprintf(format, args...)
}

func (j *judge) oneOf(value, path string, words ...string) {
	j.require(slices.Contains(words, value), path, "must be %s", strings.Join(words, " or "))
}

// err returns an *Error, or nil when nothing was found.
func (j *judge) err() error {
	if len(j.found) == 0 {
		return nil
	}
	var faults []string
	for _, path := range slices.Sorted(maps.Keys(j.found)) {
		faults = append(faults, path+": "+j.found[path])
	}
	return &Error{faults}
}

// Validate returns an *Error that names every bad field, or nil. [Load] has called it.
func (c Config) Validate() error {
	j := &judge{}
	c.judge(j)
	return j.err()
}

func (c Config) judge(j *judge) {
	j.require(isAddress(c.Listen), "listen", "must be host:port")
	j.require(isAddress(c.AdminListen), "admin_listen", "must be host:port")
	j.require(c.Listen != c.AdminListen || strings.HasSuffix(c.Listen, ":0"), "admin_listen", "must not be that of listen")
	j.require(isBase(c.PublicURL), "public_url", "must be an http or https address without a query")
	j.require(isDatabase(c.Database), "database", "must be sqlite:FILE or postgres://…")
	j.require(c.Redis == "" || isRedis(c.Redis), "redis", "must be redis://host:port")
	j.require(c.Gateway == "" || isGateway.MatchString(c.Gateway), "gateway", "must be up to 63 letters, digits, dots, - and _")
	j.oneOf(c.Mode, "mode", "test", "live")
	c.Payouts.judge(j)
	c.Limits.judge(j)
	j.require(c.Shutdown >= 0 && c.Shutdown <= shutdownMax, "shutdown", "must be between 0s and 5m")
	j.require(c.ClaimsAfter >= 0 && c.ClaimsAfter <= claimsAfterMax, "claims_after", "must be between 0s and 30 days")
	j.require(c.Audit.Pace >= 1 && c.Audit.Pace <= paceMax, "audit.pace", "must be between 1 and %d", paceMax)
	j.require(c.ReconcileAfter >= 0 && c.ReconcileAfter <= reconcileAfterMax, "reconcile_after", "must be between 0s and 48h")
	j.oneOf(c.Log.Level, "log.level", "debug", "info", "warn", "error")
	j.oneOf(c.Log.Format, "log.format", "text", "json")

	j.require(len(c.Rates) <= ratesMax, "rates", "at most %d", ratesMax)
	sources := map[string]bool{}
	for i, r := range c.Rates {
		path := fmt.Sprintf("rates[%d]", i)
		r.judge(j, path)
		j.require(!sources[r.Name], path+".name", "%q is used twice", r.Name)
		sources[r.Name] = true
	}
	j.require(len(c.Channels) <= channelsMax, "channels", "at most %d", channelsMax)
	names := map[string]bool{}
	for i, ch := range c.Channels {
		path := fmt.Sprintf("channels[%d]", i)
		ch.judge(j, path)
		j.require(ch.Mode == c.Mode || j.found["mode"] != "", path+".mode", "must be %s, as the database is", c.Mode)
		j.require(!names[ch.Name], path+".name", "%q is used twice", ch.Name)
		names[ch.Name] = true
	}
	for i, chain := range c.Chains {
		path := fmt.Sprintf("chains[%d]", i)
		chain.judge(j, path)
		j.require(chain.Mode == c.Mode || j.found["mode"] != "", path+".mode", "must be %s, as the database is", c.Mode)
		j.require(!names[chain.Name], path+".name", "%q is used twice", chain.Name)
		names[chain.Name] = true
	}
}

func (r Rates) judge(j *judge, path string) {
	j.require(isName.MatchString(r.Name), path+".name", "must be lower-case letters, digits and -")
	j.oneOf(r.Kind, path+".kind", "json", "ecb", "fixed")
	switch r.Kind {
	case "json", "ecb":
		j.require(isWebAddress(r.URL), path+".url", "must be an http or https address")
		j.require(r.Interval >= timeoutMin && r.Interval <= intervalMax, path+".interval", "must be between 100ms and 24h")
		j.require(len(r.Values) == 0, path+".values", "only a fixed source has values")
	case "fixed":
		j.require(r.URL == "", path+".url", "a fixed source has none")
		j.require(r.Interval == 0, path+".interval", "a fixed source has none")
		j.require(len(r.Values) > 0, path+".values", "must name at least one pair")
	}
	if r.Kind == "json" {
		j.require(r.MaxAge > 0, path+".max_age", "must be more than zero")
	} else {
		j.require(r.MaxAge == 0, path+".max_age", "only a json source has one")
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
	j.require(isChannel.MatchString(c.Name) && strings.HasPrefix(c.Name, c.prefix()), path+".name", "must be the rail, a dot and a name: card.acme-eu")
	drivers := map[string]string{"card": "acquirer", "bank": "iso20022", "crossborder": "iso20022"}
	j.oneOf(c.Rail, path+".rail", slices.Sorted(maps.Keys(drivers))...)
	if driver, known := drivers[c.Rail]; known {
		j.oneOf(c.Driver, path+".driver", driver)
	} else {
		j.oneOf(c.Driver, path+".driver", "acquirer", "iso20022")
	}
	j.require(isBase(c.URL), path+".url", "must be an http or https address without a query")
	j.require(c.Secret != "", path+".secret", "is missing")
	j.require(c.CallbackSecret == "" || isSigningSecret(c.CallbackSecret.Reveal()), path+".callback_secret", "must be whsec_ and 24 to 64 bytes in base64")
	j.oneOf(c.Mode, path+".mode", "test", "live")
	c.judgeAmounts(j, path)
	c.judgeBank(j, path)
	j.require(c.Timeout >= timeoutMin && c.Timeout <= timeoutMax, path+".timeout", "must be between 100ms and 60s")
	j.require(c.MaxInFlight >= 1 && c.MaxInFlight <= inFlightMax, path+".max_in_flight", "must be between 1 and %d", inFlightMax)

	path += ".capabilities"
	j.require(c.Capabilities.IdempotentReplay >= 0, path+".idempotent_replay", "must not be negative")
	j.require(c.Capabilities.VisibilityHorizon >= 0, path+".visibility_horizon", "must not be negative")
	for i, code := range c.Capabilities.PreExecutionCodes {
		j.require(code != "", fmt.Sprintf("%s.pre_execution_codes[%d]", path, i), "must not be empty")
	}
}

func (c Channel) judgeAmounts(j *judge, path string) {
	j.require(len(c.Currencies) > 0, path+".currencies", "must name at least one")
	for i, code := range c.Currencies {
		at := fmt.Sprintf("%s.currencies[%d]", path, i)
		_, err := money.LookupAsset(code, "")
		j.require(err == nil, at, "no such currency")
		j.require(!slices.Contains(c.Currencies[:i], code), at, "%s is named twice", code)
	}
	least := c.limits(j, path+".min", c.Min)
	most := c.limits(j, path+".max", c.Max)
	c.limits(j, path+".low_value", c.LowValue)
	for i, wire := range c.Min {
		low, hasLow := least[wire.Currency]
		high, hasHigh := most[wire.Currency]
		j.require(!hasLow || !hasHigh || low.Cmp(high) <= 0, fmt.Sprintf("%s.min[%d]", path, i), "is above max")
	}
	c.Cost.judge(j, path+".cost")
	c.RefundCost.judge(j, path+".refund_cost")
}

func (c Cost) judge(j *judge, path string) {
	j.require(c.Bps >= 0 && c.Bps <= bpsMax, path+".bps", "must be between 0 and %d", bpsMax)
	if c.Fixed != (money.Wire{}) {
		_, err := c.Fixed.Amount()
		j.require(err == nil, path+".fixed", "%v", err)
	}
}

func (p Payouts) judge(j *judge) {
	seen := map[string]bool{}
	for i, wire := range p.ApprovalAbove {
		at := fmt.Sprintf("payouts.approval_above[%d]", i)
		amount, err := wire.Amount()
		j.require(err == nil, at, "%v", err)
		j.require(err != nil || !seen[amount.Asset().String()], at, "%s is named twice", wire.Currency)
		seen[amount.Asset().String()] = true
	}
}

// limits reads amounts, of which each currency of the channel may have one.
func (c Channel) limits(j *judge, path string, wires []money.Wire) map[string]money.Amount {
	limits := map[string]money.Amount{}
	for i, wire := range wires {
		at := fmt.Sprintf("%s[%d]", path, i)
		amount, err := wire.Amount()
		_, twice := limits[wire.Currency]
		j.require(err == nil, at, "%v", err)
		j.require(slices.Contains(c.Currencies, wire.Currency), at, "the channel does not take %s", wire.Currency)
		j.require(!twice, at, "%s is named twice", wire.Currency)
		if err == nil && wire.Network == "" && !twice {
			limits[wire.Currency] = amount
		}
	}
	return limits
}

var (
	isName    = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
	isChannel = regexp.MustCompile(`^[a-z]+\.[a-z0-9-]{1,40}$`)
	isGateway = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)
)

func isAddress(text string) bool {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

func isWebAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
}

// isBase reports whether paths can be put behind text.
func isBase(text string) bool { return isWebAddress(text) && !strings.ContainsAny(text, "?#") }

func isDatabase(text string) bool {
	if file, ok := strings.CutPrefix(text, "sqlite:"); ok {
		return file != ""
	}
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql")
}

func isRedis(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "redis" || u.Scheme == "rediss") && u.Host != ""
}

// isSigningSecret follows Standard Webhooks 1.0.0: between 192 and 512 bits.
func isSigningSecret(text string) bool {
	encoded, prefixed := strings.CutPrefix(text, "whsec_")
	key, err := base64.StdEncoding.DecodeString(encoded)
	return prefixed && err == nil && len(key) >= 24 && len(key) <= 64
}
