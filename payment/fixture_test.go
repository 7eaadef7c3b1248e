package payment_test

import (
	"testing"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

var start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// everything is a channel that can do all that a channel can.
var everything = payment.Capabilities{Replay: 24 * time.Hour, Inquiry: true, Fence: true, Void: true, Horizon: 10 * time.Minute}

// saleA is the worked example A: EUR 99.99 at 1.1000 less 50 bps, settled in USD, fee 1.5 %.
func saleA() fx.Quote {
	return fx.Quote{
		ID: "quo_1", Merchant: "m_1", Direction: fx.Collect, Mode: fx.Firm, Fix: fx.SourceFixed,
		Source: money.Must("99.99", "EUR"), Target: money.Must("109.43", "USD"),
		Rate:     fx.Rate{Mid: money.MustRate("1.1", "EUR", "USD"), Client: money.MustRate("1.0945", "EUR", "USD"), MarginBps: 50},
		Fees:     []fx.Fee{{Code: "processing", Payer: fx.Merchant, Amount: money.Must("1.65", "USD")}},
		AtMid:    money.Must("109.99", "USD").Sub(exact("0.001")),
		Margin:   exact("0.549945"),
		Residual: exact("0.009055"),
		Status:   fx.Accepted, CreatedAt: start, ExpiresAt: start.Add(15 * time.Minute),
	}
}

// exact is a house amount in USD, which has more decimals than can be paid.
func exact(s string) money.Amount {
	a, err := money.Restore(s, money.MustAsset("USD"))
	if err != nil {
		panic(err)
	}
	return a
}

func order() payment.Order {
	return payment.Order{
		Amount: money.Must("99.99", "EUR"), Settlement: money.MustAsset("USD"), Capture: payment.CaptureAutomatic, SoftFailover: true,
		Terms: payment.Terms{SettlementDays: 2, Refund: fx.RefundTerms{Rate: fx.Original, Days: 90}},
	}
}

// begun is a payment whose attempts have the given outcomes; all but the last must be free.
func begun(t *testing.T, caps payment.Capabilities, change func(*payment.Order), outcomes ...payment.Outcome) payment.Payment {
	t.Helper()
	o := order()
	if change != nil {
		change(&o)
	}
	p := payment.New("pay_1", "m_1", payment.Test, o, payment.Method{Type: payment.MethodCard, Token: "tok_visa"}, saleA(), start, start.Add(30*time.Minute))
	for i, outcome := range outcomes {
		p = p.Begin(payment.Attempt{
			ID: "att_" + string(rune('1'+i)), Channel: "card.acme", Cost: money.Must("1.30", "EUR"), Capabilities: caps,
			CreatedAt: start, Deadline: start.Add(7 * time.Second),
		}, payment.Decision{Chosen: "card.acme", At: start})
		p = force(t, p, outcome)
	}
	return p
}

// force takes the last attempt to an outcome, by the evidence that leads there.
func force(t *testing.T, p payment.Payment, outcome payment.Outcome) payment.Payment {
	t.Helper()
	last, _ := p.Last()
	if outcome == payment.Voided || outcome == payment.Lapsed {
		p = force(t, p, payment.Authorized)
	}
	if outcome == payment.Canceled || outcome == payment.Short {
		p = force(t, p, payment.Pending)
	}
	p, err := p.Learn(payment.News{
		Ref: last.ID, By: payment.ByAnswer, At: start.Add(time.Second),
		Result: payment.Result{Outcome: outcome, Amount: last.Amount, ChallengeURL: "https://issuer.example/challenge"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if last, _ = p.Last(); last.Outcome != outcome {
		t.Fatalf("outcome is %s, want %s", last.Outcome, outcome)
	}
	return p
}

func learn(t *testing.T, p payment.Payment, n payment.News) payment.Payment {
	t.Helper()
	p, err := p.Learn(n)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
