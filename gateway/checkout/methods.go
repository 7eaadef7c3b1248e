package checkout

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// row is one way to pay, as the payer compares it with the others.
type row struct {
	ID     string // what the form sends
	Type   string
	Name   string
	Chain  string // of a coin or token
	Label  string // of its button
	Price  figure
	Fee    string
	Rate   string // empty where nothing is converted
	When   string
	WhyNot string // empty: it can be chosen
}

// methods prices the payment by every method, those that can be chosen first.
func (s *server) methods(ctx context.Context, p payment.Payment, language string) ([]row, error) {
	offers, err := s.Gateway.Offers(ctx, gateway.CreateRequest{Merchant: p.Merchant, Mode: p.Mode, Order: p.Order})
	if err != nil {
		return nil, err
	}
	now := s.Now()
	rows := make([]row, 0, len(offers))
	for _, o := range offers {
		rows = append(rows, rowOf(o, p.Order.Amount, language, now))
	}
	slices.SortStableFunc(rows, func(a, b row) int { return a.rank() - b.rank() })
	return rows, nil
}

// rank puts what can be chosen before what cannot.
func (r row) rank() int {
	if r.WhyNot == "" {
		return 0
	}
	return 1
}

// rowOf shows an offer. Why it is not available its obstacle says: the reasons of the router name channels.
func rowOf(o gateway.Offer, asked money.Amount, language string, now time.Time) row {
	texts := catalogues[language]
	r := row{ID: methodID(o.Method), Type: string(o.Method.Type), Label: label(o.Method, texts)}
	if o.Method.Type == payment.MethodCrypto {
		r.Name, r.Chain = o.Method.Currency, networkName(o.Method.Network)
	} else {
		r.Name = texts.say("method." + r.Type)
	}
	if !o.Available() {
		r.WhyNot = o.Obstacle.Text(language, func(limit money.Amount) string { return figureOf(limit).String() })
		if o.Obstacle.Code != gateway.NotNow {
			return r // a price would be one that nobody can pay
		}
	}
	r.Price = figureOf(o.Quote.Debit())
	r.When = when(o, texts, now)
	r.Fee = texts.say("fee.none")
	if fee := o.Quote.Debit().Sub(o.Quote.Source); fee.Sign() > 0 {
		r.Fee = texts.say("fee.some", figureOf(fee).String())
	}
	if o.Method.Type == payment.MethodCrypto {
		r.Fee = texts.say("fee.network")
	}
	if o.Quote.Source.Asset() != asked.Asset() {
		const digits = 6
		rate := money.Per(o.Quote.Source, asked).Digits(digits)
		r.Rate = texts.say("rate", o.Quote.Source.Asset().Code, thousands(rate), asked.Asset().Code)
	}
	return r
}

// label is what its button says.
func label(m payment.Method, texts catalogue) string {
	if m.Type == payment.MethodCrypto {
		return texts.say("act.pay.crypto", m.Currency)
	}
	return texts.say("act.pay." + string(m.Type))
}

// when is how long the money takes to arrive: as the rail expects it, or as is usual.
func when(o gateway.Offer, texts catalogue, now time.Time) string {
	const day = 24 * time.Hour
	switch wait := o.Latest.Sub(now); {
	case o.Latest.IsZero():
		return texts.say("when." + string(o.Method.Type))
	case wait < time.Minute:
		return texts.say("when.card")
	case wait < 2*time.Hour:
		return texts.say("when.minutes", int(wait.Round(time.Minute)/time.Minute))
	case wait < day:
		return texts.say("when.hours", int(wait.Round(time.Hour)/time.Hour))
	default:
		return texts.say("when.days", int((wait+day-1)/day))
	}
}

// methodID is how a form names a method: "card", or "crypto:USDC@eip155:1".
func methodID(m payment.Method) string {
	if m.Type != payment.MethodCrypto {
		return string(m.Type)
	}
	return string(m.Type) + ":" + m.Currency + "@" + m.Network
}

// methodOf reads what methodID wrote. It reports false for what names no method.
func methodOf(id string) (payment.Method, bool) {
	kind, coin, _ := strings.Cut(id, ":")
	m := payment.Method{Type: payment.MethodType(kind)}
	switch m.Type {
	case payment.MethodCard, payment.MethodBankTransfer, payment.MethodCrossBorder:
		return m, coin == ""
	case payment.MethodCrypto:
		asset, err := money.ParseAsset(coin)
		m.Currency, m.Network = asset.Code, asset.Network
		return m, err == nil && asset.Network != ""
	}
	return m, false
}

// coins says where coins or tokens are sent.
type coins struct {
	payment.Instruction

	Coin  string
	Chain string
	Code  string // what the QR code says
	Label string // what it says, for those who do not see it
	URI   string // for a wallet on the same device
}

// coinsOf puts the amount into the code only for a chain's own coin: wallets have sent tokens to the token's contract
// when the code named one, so that of a token is the plain address.
func coinsOf(in payment.Instruction, missing money.Amount, texts catalogue) *coins {
	c := &coins{Instruction: in, Coin: missing.Asset().Code, Chain: networkName(in.Network), Code: in.PayTo, URI: in.WalletURI(missing)}
	if in.Contract == "" && c.URI != "" {
		c.Code = c.URI
	}
	c.Label = texts.say("qr", figureOf(missing).String(), in.PayTo, c.Chain)
	return c
}
