package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// market is a pricer whose EUR/USD is set by hand, with the default rules.
func (l *lab) market() (pricer *fx.Pricer, set func(rate string)) {
	n := 0
	board := fx.NewBoard(fx.Policy{
		Feeds: map[string]fx.Trust{"desk": {Kind: fx.Live, MaxAge: time.Hour, FirmOn: true}}, DeviationBps: map[string]int64{"EUR/USD": 10_000},
		NewID: func() string { n++; return fmt.Sprint("rate_", n) },
	})
	return fx.NewPricer(fx.DefaultRules(), board), func(rate string) {
		l.t.Helper()
		if _, err := board.Add(l.t.Context(), "desk", l.now(), []fx.Observation{{Base: "EUR", Quote: "USD", Rate: rate, ObservedAt: l.now()}}); err != nil {
			l.t.Fatal(err)
		}
	}
}

// Whoever authorizes and waits has no free choice between two rates.
func TestACaptureAfterTheLockIsNotAtTheOldRate(t *testing.T) {
	l := newLab(t, newProvider(all))
	pricer, set := l.market()
	set("1.1000")
	g := l.another(pricer, nil)
	r := l.request("k1")
	r.Order.Settlement, r.Order.Capture = money.MustAsset("USD"), payment.CaptureManual
	reply, err := g.Create(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	id := reply.Payment.ID
	l.jump(6 * 24 * time.Hour)
	if _, err := g.Capture(t.Context(), l.change(id, "c1")); !errors.Is(err, fx.ErrUnavailable) {
		t.Errorf("without a rate: %v", err)
	}
	if p := l.load(id); len(p.Operations) != 0 {
		t.Errorf("without a rate something was written: %+v", p.Operations)
	}
	set("1.0000")
	if _, err := g.Capture(t.Context(), l.change(id, "c2")); err != nil {
		t.Fatal(err)
	}
	p := l.load(id)
	margin := reply.Payment.Quote.Rate.MarginBps
	want := fx.Convert(fx.SourceFixed, p.Debit(), money.MustRate("1", "EUR", "USD"), margin).Target.Sub(p.Quote.Fee())
	if !p.Credited().Equal(want) || p.Status() != payment.Succeeded {
		t.Errorf("credited %s at the old rate, want %s; %s", p.Credited(), want, p.Status())
	}
	entries, err := l.db.Entries(t.Context(), id)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}

// A yen is less than a cent: the payer has it back, and the merchant's balance does not move.
func TestARefundWorthLessThanAMinorUnitIsMade(t *testing.T) {
	l := newLab(t, newProvider(all))
	l.channels[0].Currencies = []string{"JPY"}
	n := 0
	board := fx.NewBoard(fx.Policy{Feeds: map[string]fx.Trust{"f": {Kind: fx.Fixed, FirmOn: true}}, NewID: func() string { n++; return fmt.Sprint("rate_", n) }})
	if _, err := board.Add(t.Context(), "f", l.now(), []fx.Observation{{Base: "JPY", Quote: "USD", Rate: "0.0066", ObservedAt: l.now()}}); err != nil {
		t.Fatal(err)
	}
	g := l.another(fx.NewPricer(fx.DefaultRules(), board), nil)
	r := l.request("k1")
	r.Order.Amount, r.Order.Settlement = money.Must("5000", "JPY"), money.MustAsset("USD")
	reply, err := g.Create(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	c := l.changeOf(reply.Payment.ID, "r1", money.Must("1", "JPY"))
	if reply, err = g.Refund(t.Context(), c); err != nil || !reply.Payment.Refunded().Equal(c.Amount) {
		t.Errorf("%v: refunded %s", err, reply.Payment.Refunded())
	}
	l.channels[0].Rail = declining{l.providers[0]}
	if reply, err = l.another(fx.NewPricer(fx.DefaultRules(), board), nil).Refund(t.Context(), l.changeOf(reply.Payment.ID, "r2", c.Amount)); err != nil {
		t.Fatal(err)
	}
	if got := reply.Payment.Operations[1].Outcome; got != payment.Declined {
		t.Errorf("the second is %s", got)
	}
}

// declining refuses every refund.
type declining struct{ *provider }

func (declining) Refund(context.Context, payment.Attempt, payment.Operation) (payment.Result, error) {
	return payment.Result{Outcome: payment.Declined}, nil
}

func (l *lab) changeOf(id payment.ID, key string, amount money.Amount) gateway.Change {
	c := l.change(id, key)
	c.Amount = amount
	return c
}
