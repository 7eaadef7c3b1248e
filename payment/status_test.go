package payment_test

import (
	"testing"

	"github.com/causeway-pay/causeway/payment"
)

func TestStatusTruthTable(t *testing.T) {
	outcomes := func(o ...payment.Outcome) []payment.Outcome { return o }
	for _, row := range []struct {
		attempts []payment.Outcome
		closed   payment.Reason
		want     payment.Status
	}{
		{nil, "", payment.Processing},
		{nil, payment.ChannelUnavailable, payment.Failed},
		{nil, payment.CanceledByMerchant, payment.StatusCanceled},
		{nil, payment.QuoteExpired, payment.StatusExpired},
		{outcomes(payment.Unknown), "", payment.Processing},
		{outcomes(payment.Pending), "", payment.Processing},
		{outcomes(payment.ActionRequired), "", payment.RequiresAction},
		{outcomes(payment.Authorized), "", payment.StatusAuthorized},
		{outcomes(payment.Captured), "", payment.Succeeded},
		{outcomes(payment.Review), "", payment.NeedsReview},
		{outcomes(payment.NotSent), "", payment.Processing},
		{outcomes(payment.Fenced), "", payment.Processing},
		{outcomes(payment.NotSent, payment.Unknown), "", payment.Processing},
		{outcomes(payment.NotSent, payment.Captured), "", payment.Succeeded},
		{outcomes(payment.Declined), payment.LostCard, payment.Failed},
		{outcomes(payment.Fenced), payment.CanceledByMerchant, payment.StatusCanceled},
		{outcomes(payment.Fenced), payment.QuoteExpired, payment.StatusExpired},
		{outcomes(payment.Canceled), payment.PaymentExpired, payment.StatusExpired},
		{outcomes(payment.Lapsed), payment.AuthorizationLapsed, payment.StatusExpired},
		{outcomes(payment.Voided), payment.CanceledByMerchant, payment.StatusCanceled},
	} {
		p := begun(t, everything, nil, row.attempts...)
		if row.closed != "" {
			p = p.Close(row.closed)
		}
		if got := p.Status(); got != row.want {
			t.Errorf("attempts %v, closed %q: status %s, want %s", row.attempts, row.closed, got, row.want)
		}
	}
}

func TestEveryReasonIsExplainedAndHasOneCause(t *testing.T) {
	causes := map[payment.Cause]bool{
		payment.CauseNetwork: true, payment.CauseBalance: true, payment.CauseChannel: true, payment.CauseIdentity: true,
		payment.CauseInstitution: true, payment.CauseClient: true, payment.CauseRequest: true, payment.CauseDeclined: true,
		payment.CauseInternal: true,
	}
	for reason, meaning := range payment.Reasons() {
		if !causes[meaning.Cause] {
			t.Errorf("%s: cause %q", reason, meaning.Cause)
		}
		if len(reason.Remedies()) == 0 {
			t.Errorf("%s has no remedy", reason)
		}
		if !reason.Public().Known() {
			t.Errorf("%s is shown as %q, which nobody knows", reason, reason.Public())
		}
		english, chinese := reason.Text("en"), reason.Text("zh")
		if english.Title == "" || english.Detail == "" || chinese.Title == "" || chinese.Detail == "" || english == chinese {
			t.Errorf("%s is not explained in both languages", reason)
		}
	}
	for _, state := range []payment.MoneyState{payment.NotCharged, payment.Charged, payment.MaybeCharged} {
		if state.Text("en") == "" || state.Text("zh") == "" {
			t.Errorf("%s has no text", state)
		}
	}
	for _, secret := range []payment.Reason{payment.LostCard, payment.StolenCard, payment.SuspectedFraud} {
		if secret.Public() != payment.GenericDecline {
			t.Errorf("the payer is told %s", secret)
		}
	}
}
