package api

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// The types of fields with rules that a schema cannot say. huma asks each, also when the schema found faults elsewhere,
// so that a request hears of everything that is wrong with it at once. What the schema has said is not said again.

// amount is money on the wire.
type amount struct {
	Value    string `json:"value" pattern:"^(0|[1-9][0-9]{0,27})(\\.[0-9]{1,18})?$" patternDescription:"a plain decimal number" maxLength:"48" example:"49.90"`
	Currency string `json:"currency" minLength:"2" maxLength:"12" example:"EUR"`
	Network  string `json:"network,omitempty" maxLength:"48" example:"eip155:1" doc:"CAIP-2 chain of a coin or token"`

	money money.Amount // what it reads as
}

// Resolve reads the amount.
func (a *amount) Resolve(_ huma.Context, path *huma.PathBuffer) []error {
	if a.Currency == "" {
		return nil
	}
	at := pointerOf(path.String())
	asset, err := money.LookupAsset(a.Currency, a.Network)
	if err != nil {
		return []error{Violation{at + "/currency", "unknown_currency", "no such currency"}}
	}
	a.money, err = money.Parse(a.Value, asset)
	switch {
	case errors.Is(err, money.ErrTooPrecise):
		return []error{Violation{at + "/value", "invalid", "has more decimals than its currency"}}
	case err == nil && a.money.IsZero():
		return []error{Violation{at + "/value", "invalid", "must be more than zero"}}
	}
	return nil
}

// assetBody names a currency, or a coin or token on a chain.
type assetBody struct {
	Currency string `json:"currency" minLength:"2" maxLength:"12" example:"USD"`
	Network  string `json:"network,omitempty" maxLength:"48" doc:"CAIP-2 chain of a coin or token"`

	asset money.Asset
}

// Resolve reads the asset.
func (a *assetBody) Resolve(_ huma.Context, path *huma.PathBuffer) []error {
	var err error
	if a.asset, err = money.LookupAsset(a.Currency, a.Network); err != nil {
		return []error{Violation{pointerOf(path.String()) + "/currency", "unknown_currency", "no such currency"}}
	}
	return nil
}

// currency is the code of what is counted in national money.
type currency string

// Resolve looks the code up.
func (c *currency) Resolve(_ huma.Context, path *huma.PathBuffer) []error {
	if *c == "" {
		return nil
	}
	if _, err := money.LookupAsset(string(*c), ""); err != nil {
		return []error{Violation{pointerOf(path.String()), "unknown_currency", "no such currency"}}
	}
	return nil
}

// or returns the currency, or the merchant's own where it was left out, which may be a coin or token.
func (c currency) or(own string) (money.Asset, error) {
	if c == "" {
		return money.ParseAsset(own)
	}
	return money.LookupAsset(string(c), "")
}

// returnURL is where the payer goes afterwards: https, or in test mode also this machine.
type returnURL string

// Resolve checks the address.
func (r *returnURL) Resolve(ctx huma.Context, path *huma.PathBuffer) []error {
	if *r == "" {
		return nil
	}
	u, err := url.Parse(string(*r))
	switch {
	case err != nil || u.Host == "" || u.User != nil:
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && callerOf(ctx.Context()).Mode == payment.Test && isThisMachine(u.Hostname()):
		return nil
	}
	return []error{Violation{pointerOf(path.String()), "invalid", "must be an https address"}}
}

func isThisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && ip.IsLoopback())
}

// simulation is how the sandbox should behave.
type simulation string

// Resolve refuses it of live keys.
func (s *simulation) Resolve(ctx huma.Context, path *huma.PathBuffer) []error {
	if *s == "" || callerOf(ctx.Context()).Mode == payment.Test {
		return nil
	}
	return []error{Violation{pointerOf(path.String()), "forbidden", "only test keys may simulate"}}
}

// huma joins the names of nested members with dots and counts list positions in brackets, so that names with either
// would lead it astray. They are swapped for characters of the private use area while huma looks at them.
var (
	guarded   = strings.NewReplacer(".", "\ue000", "[", "\ue001")
	pointed   = strings.NewReplacer("~", "~0", "/", "~1", ".", "/", "[", "/", "]", "")
	unguarded = strings.NewReplacer("\ue000", ".", "\ue001", "[")
)

func guardNames(v any) any {
	switch v := v.(type) {
	case map[string]any:
		renamed := make(map[string]any, len(v))
		for name, member := range v {
			renamed[guarded.Replace(name)] = guardNames(member)
		}
		return renamed
	case []any:
		for i, item := range v {
			v[i] = guardNames(item)
		}
	}
	return v
}

// pointerOf turns huma's path of a member of the body into a JSON pointer (RFC 6901).
func pointerOf(path string) string {
	path, _ = strings.CutPrefix(path, "body")
	path = pointed.Replace(path)
	return unguarded.Replace(path)
}
