package payment_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/payment"
)

func back(outcome payment.Outcome, amount string, g payment.Progress) payment.News {
	r := payment.Result{Outcome: outcome, Returned: &payment.Comeback{Amount: gbp(amount), Code: "AC04"}, Progress: &g}
	if outcome == payment.Captured {
		r.Amount = gbp("1000.00")
	}
	return step(r)
}

// Money that came back is a fact, whatever it explains: what is no return of the payout is in suspense, once, and marked.
func TestMoneyThatComesBackIsAlwaysBooked(t *testing.T) {
	booked := payment.Progress{Accepted: true, Booked: true}
	declined := step(payment.Result{Outcome: payment.Declined, Reason: payment.InvalidAccount})
	restored := step(payment.Result{Outcome: payment.Declined, Progress: &payment.Progress{Accepted: true, Booked: true, Restored: true}})
	for name, row := range map[string]struct {
		before []payment.News
		back   payment.News
		want   string // in suspense
		status payment.Status
	}{
		"after it failed, and its debit is unknown": {[]payment.News{declined}, back(payment.Review, "980.00", payment.Progress{}), "980.00", payment.Failed},
		"after it failed, and before it was debited": {
			[]payment.News{declined},
			back(payment.Captured, "1000.00", booked), "", payment.Failed,
		},
		"a second time after it failed": {
			[]payment.News{progress(payment.Pending, booked), restored},
			back(payment.Review, "1400.00", booked), "400.00", payment.Failed,
		},
		"more than was sent, at once":  {[]payment.News{progress(payment.Captured, booked)}, back(payment.Captured, "1300.00", booked), "300.00", payment.Returned},
		"more than was sent, later":    {[]payment.News{progress(payment.Captured, booked), back(payment.Captured, "1000.00", booked)}, back(payment.Captured, "2000.00", booked), "1000.00", payment.Returned},
		"what was never debited":       {nil, back(payment.Review, "1000.00", payment.Progress{Conflict: "gave back what it never debited"}), "1000.00", payment.NeedsReview},
		"nothing beside what returned": {[]payment.News{progress(payment.Captured, booked), back(payment.Captured, "980.00", booked)}, back(payment.Captured, "980.00", booked), "", payment.Returned},
	} {
		p, _ := plays(t, sending(payoutC("")), row.before...)
		p, posted := plays(t, p, row.back, row.back)
		suspended := slices.DeleteFunc(posted, func(e string) bool { return !strings.Contains(e, "suspense") })
		want := []string(nil)
		if row.want != "" {
			want = []string{"att_1:astray:" + row.want + ": GBP | Dr nostro:xb.bank:GBP " + row.want + " | Cr suspense:xb.bank " + row.want}
		}
		if !slices.Equal(suspended, want) || p.Status() != row.status {
			t.Errorf("%s: %s, posted %q, want %q", name, p.Status(), suspended, want)
		}
		if marked := slices.Contains(p.Exceptions(start), payment.Contradicted); marked != (row.want != "") {
			t.Errorf("%s: exceptions %v", name, p.Exceptions(start))
		}
	}
}
