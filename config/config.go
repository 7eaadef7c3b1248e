// Package config reads how the gateway is set up: one struct with usable defaults, filled from a YAML file and from the
// environment. None of it is needed to start.
package config

import (
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"time"

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
	ClaimsAfter          time.Duration `koanf:"claims_after"`           // how long what payers sent must have been credited before a claim on it is returned
	ReconcileAfter       time.Duration `koanf:"reconcile_after"`        // how long after a day has ended its statements are read

	Log      Log       `koanf:"log"`
	Limits   Limits    `koanf:"limits"`
	Payouts  Payouts   `koanf:"payouts"`
	Audit    Audit     `koanf:"audit"`
	Rates    []Rates   `koanf:"rates"`
	Channels []Channel `koanf:"channels"`
	Chains   []Chain   `koanf:"chains"`
}

// Payouts says what of them needs people.
type Payouts struct {
	ApprovalAbove []money.Wire `koanf:"approval_above"` // debits above this, per asset, wait for a second person
}

// Audit says how hard the books are looked at beside the payments.
type Audit struct {
	Pace int `koanf:"pace"` // objects looked at in a second, at most, on one gateway; what was changed comes beside that
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
	Interval time.Duration     `koanf:"interval"` // between questions; by default 10s, and 1h for ecb, which speaks once a day
	MaxAge   time.Duration     `koanf:"max_age"`  // of json: older rates are stale; by default 1m
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
	Mode           string        `koanf:"mode"` // test or live; that of the database by default
	Currencies     []string      `koanf:"currencies"`
	Min            []money.Wire  `koanf:"min"`           // least amount, per currency
	Max            []money.Wire  `koanf:"max"`           // most, per currency
	LowValue       []money.Wire  `koanf:"low_value"`     // most that is risked right after it was down, per currency
	Cost           Cost          `koanf:"cost"`          // of a charge
	RefundCost     Cost          `koanf:"refund_cost"`   // of a refund
	Priority       int           `koanf:"priority"`      // lower is tried first
	Timeout        time.Duration `koanf:"timeout"`       // of a charge; by default 5s
	MaxInFlight    int           `koanf:"max_in_flight"` // charges under way at once; by default 64
	Capabilities   Capabilities  `koanf:"capabilities"`

	// Of bank and cross-border channels.
	BIC       string        `koanf:"bic"`       // of the bank
	OwnBIC    string        `koanf:"own_bic"`   // cross-border: by which the bank knows us
	Holder    string        `koanf:"holder"`    // in whose name the accounts are
	Town      string        `koanf:"town"`      // cross-border: of the holder
	Home      string        `koanf:"home"`      // the country that payouts start from
	Account   string        `koanf:"account"`   // bank: IBAN of our account, in the channel's currency
	Nostros   []Nostro      `koanf:"nostros"`   // cross-border: our accounts, one for each currency
	Corridors []string      `koanf:"corridors"` // countries from and to that payouts serve: DE>CN; empty: all
	Calendar  string        `koanf:"calendar"`  // when the bank works: ecb, gb, us or weekdays; empty: always
	Cutoff    string        `koanf:"cutoff"`    // until when an order leaves the same day: 16:00 Europe/Berlin; empty: always
	Poll      time.Duration `koanf:"poll"`      // how often the mailbox is read, beside the bank's calls; by default 10s
	Fastest   time.Duration `koanf:"fastest"`   // cross-border: how long payouts were on their way, at least
	Slowest   time.Duration `koanf:"slowest"`   // cross-border: and at most; by default 48h
}

// Nostro is an account of ours at a correspondent.
type Nostro struct {
	Currency string `koanf:"currency"`
	Account  string `koanf:"account"` // IBAN, or another number
}

// Cost is what the channel charges us: a share of the amount, and a fixed part.
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

// Default returns what holds for every field that is not set.
func Default() Config {
	return Config{
		Listen: "127.0.0.1:8080", PublicURL: "http://localhost:8080", AdminListen: "127.0.0.1:9090",
		Database: "sqlite:causeway.db", Mode: "test", Shutdown: 25 * time.Second, ClaimsAfter: 24 * time.Hour, ReconcileAfter: 2 * time.Hour,
		Log:   Log{Level: "info", Format: "text"},
		Audit: Audit{Pace: 200},
		Limits: Limits{
			Slots: 4, Places: 512, PerSecond: 500, Burst: 1000, Connections: 4096, Proxies: []string{},
			Reserved: Reserved{Callbacks: 2, Changes: 2, Resolution: 1, Payments: 1, Reads: 1, Pages: 1},
		},
		Payouts: Payouts{ApprovalAbove: []money.Wire{{Value: "10000.00", Currency: "EUR"}, {Value: "10000.00", Currency: "USD"}}},
	}
}

// Defaults of a rate source and of a channel.
const (
	intervalDefault    = 10 * time.Second
	intervalDefaultECB = time.Hour
	maxAgeDefault      = time.Minute
	timeoutDefault     = 5 * time.Second
	maxInFlightDefault = 64
	pollDefault        = 10 * time.Second
	slowestDefault     = 48 * time.Hour
)

// fill sets what the elements of lists leave out.
func (c *Config) fill() {
	for i := range c.Rates {
		c.Rates[i].fill()
	}
	for i := range c.Channels {
		orElse(&c.Channels[i].Timeout, timeoutDefault)
		orElse(&c.Channels[i].MaxInFlight, maxInFlightDefault)
		orElse(&c.Channels[i].Mode, c.Mode)
		c.Channels[i].fillBank()
	}
	for i := range c.Chains {
		c.Chains[i].fill(c.Mode)
	}
}

func (r *Rates) fill() {
	switch r.Kind {
	case "json":
		orElse(&r.Interval, intervalDefault)
		orElse(&r.MaxAge, maxAgeDefault)
	case "ecb":
		orElse(&r.Interval, intervalDefaultECB)
	}
}

// fillBank sets what a channel to a bank leaves out.
func (c *Channel) fillBank() {
	switch c.Rail {
	case "crossborder":
		orElse(&c.Slowest, slowestDefault)
		orElse(&c.Poll, pollDefault)
	case "bank":
		orElse(&c.Poll, pollDefault)
	}
}

func orElse[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// String shows the configuration without any credentials.
func (c Config) String() string {
	c.Database, c.Redis = bare(c.Database), bare(c.Redis)
	c.Rates = slices.Clone(c.Rates)
	for i := range c.Rates {
		c.Rates[i].URL = bare(c.Rates[i].URL)
	}
	type plain Config // has no String, and so ends the recursion
	return fmt.Sprintf("%+v", plain(c))
}

// Format prints String for every verb.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue keeps credentials out of logs.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// bare is an address without its user, password and parameters, each of which may be a credential.
func bare(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return hidden
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}
