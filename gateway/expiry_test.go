package gateway_test

import (
	"context"
	"testing"

	"github.com/causeway-pay/causeway/payment"
)

// expiring says that a reference has expired, whatever it was before.
type expiring struct {
	*provider
	first payment.Outcome
}

func (c *expiring) Send(context.Context, payment.Payment, payment.Attempt) (payment.Result, error) {
	return payment.Result{Outcome: c.first, ChallengeURL: "https://issuer.example/"}, nil
}

func (c *expiring) Check(context.Context, payment.Attempt) (payment.Result, error) {
	return payment.Result{Outcome: payment.Lapsed}, nil
}

func (c *expiring) Cancel(context.Context, payment.Attempt) (payment.Result, error) {
	return payment.Result{Outcome: payment.Lapsed}, nil
}

func TestAnExpiredReferenceEndsThePayment(t *testing.T) {
	for from, want := range map[payment.Outcome]payment.Outcome{
		payment.ActionRequired: payment.Canceled, payment.Pending: payment.Canceled, payment.Unknown: payment.Fenced,
	} {
		l := newLabOf(t, &expiring{newProvider(payment.Capabilities{Inquiry: true, Fence: true}), from})
		p := l.pay("k1")
		l.skipTo(p.ID)
		if p = l.load(p.ID); !p.Status().Final() || p.Attempts[0].Outcome != want || p.Attempts[0].Checks > 3 {
			t.Errorf("%s, then expired: %s, the attempt is %s after %d questions", from, p.Status(), p.Attempts[0].Outcome, p.Attempts[0].Checks)
		}
	}
}
