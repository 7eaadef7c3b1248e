// Package fx prices: it turns treasury's rules and the rates observed just now into a [Quote], a price frozen at one moment.
package fx

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/causeway-pay/causeway/money"
)

// Mode says whether a quote can be paid.
type Mode string

// The modes of a quote.
const (
	Indicative Mode = "indicative" // for display; cannot be accepted
	Firm       Mode = "firm"       // can be accepted once, before it expires
)

// Side names the side of a conversion whose amount the caller fixed; the other side is computed.
type Side string

// The sides of a conversion.
const (
	SourceFixed Side = "source" // this much is taken from the payer, the receiver gets what it converts to
	TargetFixed Side = "target" // the receiver gets exactly this much, the payer is debited what it costs
)

// Status of a quote.
type Status string

// The statuses of a quote.
const (
	Open     Status = "open"
	Accepted Status = "accepted"
	Expired  Status = "expired"
)

// Direction says which way the money goes, seen from the merchant.
type Direction string

// The directions of a payment.
const (
	Collect Direction = "collect" // from a payer to the merchant
	Send    Direction = "send"    // from the merchant to a beneficiary
)

// FeePayer says on whose side a fee is taken.
type FeePayer string

// Who pays a fee.
const (
	Sender   FeePayer = "sender"   // added to the debit of the payer, in the source asset
	Receiver FeePayer = "receiver" // taken from what the beneficiary gets, in the target asset
	Merchant FeePayer = "merchant" // taken from what the merchant is credited, in the target asset
)

// Quote is a price frozen at one moment: what is debited, what is credited, and everything in between. It adds up exactly:
//
//	Debit   = Source + fees paid by the sender
//	AtMid   = Target + Margin + Residual      (in the target asset)
//	Net     = Target - fees paid by the merchant or receiver
type Quote struct {
	ID          string    `json:"id"`
	Merchant    string    `json:"merchant"`
	Direction   Direction `json:"direction"`
	Beneficiary string    `json:"beneficiary,omitempty"` // the only one whom a payout may send it to; empty: anybody in the corridor
	Mode        Mode      `json:"mode"`
	Fix         Side      `json:"fix"`

	Source money.Amount `json:"source"` // the principal on the payer's side, in what can be paid
	Target money.Amount `json:"target"` // what the merchant or beneficiary is credited before its own fees
	Rate   Rate         `json:"rate"`
	Fees   []Fee        `json:"fees,omitempty"`

	AtMid    money.Amount `json:"at_mid"`   // Source at the mid rate, in the target asset, at house precision
	Margin   money.Amount `json:"margin"`   // what the markup on the rate earns, in the target asset, at house precision
	Residual money.Amount `json:"residual"` // what rounding to payable units left, in the target asset; less than one minor unit of the side that is not fixed

	// What treasury's rules matched on, so that the price can be computed again from the rule set of that version.
	Tier     string `json:"tier,omitempty"`
	Rail     string `json:"rail,omitempty"`
	Channel  string `json:"channel,omitempty"`
	Corridor string `json:"corridor,omitempty"`

	RuleSet   int64     `json:"ruleset_version"`
	Status    Status    `json:"status"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"` // the end of the lock: a firm quote is accepted before this moment or never
	Hash      string    `json:"hash"`       // SHA-256 over every field above but Status
}

// Rate is how the source was turned into the target.
type Rate struct {
	Mid       money.Rate `json:"mid"`    // price of one source unit in the target asset, from the market
	Client    money.Rate `json:"client"` // the same after the margin; always worse for the client
	MarginBps int64      `json:"margin_bps"`
	Path      []Leg      `json:"path,omitempty"` // the legs that Mid was made of; empty when source and target are one asset
}

// Leg is one observed rate on the way from source to target.
type Leg struct {
	Rate       money.Rate `json:"rate"`
	Source     string     `json:"source"`      // name of the feed
	Snapshot   string     `json:"snapshot"`    // id of the stored observation
	ObservedAt time.Time  `json:"observed_at"` // when the feed says the rate was true
}

// Fee is one charge, with the rule that set it.
type Fee struct {
	Code   string       `json:"code"`
	Rule   string       `json:"rule"` // id of the rule in the quote's rule set
	Payer  FeePayer     `json:"payer"`
	Amount money.Amount `json:"amount"`
}

// Debit returns what the payer is charged: the principal and the sender's fees.
func (q Quote) Debit() money.Amount { return q.Source.Add(q.fees(q.Source.Asset(), Sender)) }

// Fee returns the fees taken from the credited side, in the target asset.
func (q Quote) Fee() money.Amount { return q.fees(q.Target.Asset(), Merchant, Receiver) }

// Net returns what is left for the merchant or beneficiary after its fees. It is negative when the fees exceed the target.
func (q Quote) Net() money.Amount { return q.Target.Sub(q.Fee()) }

func (q Quote) fees(asset money.Asset, payers ...FeePayer) money.Amount {
	total := asset.Zero()
	for _, fee := range q.Fees {
		for _, payer := range payers {
			if fee.Payer == payer {
				total = total.Add(fee.Amount)
			}
		}
	}
	return total
}

// CostPercent returns what margin and fees take together, in percent of what is debited at the mid rate, to two decimals:
// "1.99". It is empty when nothing is debited.
func (q Quote) CostPercent() string {
	debit := q.Rate.Mid.Convert(q.Debit())
	if debit.Sign() <= 0 {
		return ""
	}
	return debit.Sub(q.Net()).Percent(debit)
}

// Conversion returns the arithmetic between Source and Target, from which the same split can be stated in either asset.
func (q Quote) Conversion() Conversion {
	return Conversion{Fix: q.Fix, Source: q.Source, Target: q.Target, Mid: q.Rate.Mid, MarginBps: q.Rate.MarginBps}
}

// Sum computes the hash over every field but Status and Hash: the hex SHA-256 of the quote's JSON. A quote is intact
// while Sum equals Hash.
func (q Quote) Sum() (string, error) {
	q.Status, q.Hash = "", ""
	canonical, err := json.Marshal(q)
	if err != nil {
		return "", fmt.Errorf("quote %s: %w", q.ID, err)
	}
	digest := sha256.Sum256(canonical)
	return hex.EncodeToString(digest[:]), nil
}
