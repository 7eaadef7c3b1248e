package payment_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/money"
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
	restored := back(payment.Declined, "1000.00", booked)
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

// However the bank's news is ordered or repeated, and whoever decides in between: the books hold of a payout what the bank
// booked of it, each movement once, and nothing of the house's own is in them.
func TestOurAccountIsWhatTheBankBooked(t *testing.T) {
	sent := payment.Progress{Accepted: true}
	booked := payment.Progress{Accepted: true, Booked: true}
	odd := func(g payment.Progress, conflict string) payment.Progress { g.Conflict = conflict; return g }
	declined := step(payment.Result{Outcome: payment.Declined, Reason: payment.InvalidAccount})
	decide := func(outcome payment.Outcome) payment.News {
		return payment.News{Ref: "att_1", By: payment.ByOperator, Result: payment.Result{Outcome: outcome}}
	}
	for name, row := range map[string]struct {
		news   []payment.News // what is by an operator is decided
		nostro string         // debits positive
		marked bool           // for people, at the end
		status payment.Status
	}{
		"given back before it is debited, then rejected": {[]payment.News{
			back(payment.Review, "1000.00", odd(sent, "gave back what it never debited")),
			back(payment.Declined, "1000.00", booked),
		}, "0", true, payment.Failed},
		"given back before it is debited, then paid and returned": {[]payment.News{
			back(payment.Review, "1000.00", odd(sent, "gave back what it never debited")),
			back(payment.Captured, "1000.00", booked),
		}, "0", true, payment.Paid},
		"given back in part before it is debited, then the rest": {[]payment.News{
			back(payment.Review, "400.00", odd(sent, "gave back what it never debited")),
			back(payment.Declined, "1000.00", booked),
		}, "0", true, payment.Failed},
		"more than was sent, which two people take for paid": {[]payment.News{
			progress(payment.Pending, booked),
			back(payment.Review, "1200.00", odd(booked, "gave back more than was sent: 1200.00 GBP")),
			decide(payment.Captured),
			back(payment.Captured, "1200.00", odd(booked, "gave back more than was sent: 1200.00 GBP")),
		}, "200.00", false, payment.Paid},
		"given back after two people found that it was not paid": {[]payment.News{
			progress(payment.Captured, odd(booked, "both credited and rejected")),
			decide(payment.Declined),
			back(payment.Declined, "1000.00", booked),
		}, "0", false, payment.Failed},
		"given back short after two people found that it was not paid": {[]payment.News{
			progress(payment.Captured, odd(booked, "both credited and rejected")),
			decide(payment.Declined),
			back(payment.Captured, "980.00", booked),
		}, "-20.00", true, payment.Failed},
		"an old answer that it was rejected and restored, once it is paid": {[]payment.News{
			progress(payment.Captured, booked),
			back(payment.Declined, "1000.00", booked),
			back(payment.Captured, "1000.00", booked),
		}, "0", false, payment.Returned},
		"paid after two people found that it was not": {[]payment.News{
			progress(payment.Review, odd(sent, "both credited and rejected")),
			decide(payment.Declined),
			progress(payment.Captured, booked),
		}, "-1000.00", true, payment.Failed},
		"the same said again after two people found otherwise": {[]payment.News{
			progress(payment.Captured, odd(booked, "both credited and rejected")),
			decide(payment.Declined),
			progress(payment.Captured, odd(booked, "both credited and rejected")),
		}, "-1000.00", false, payment.Failed},
		"debited after it failed": {[]payment.News{declined, progress(payment.Pending, booked)}, "-1000.00", true, payment.Failed},
		"debited and billed after it failed, and given back": {[]payment.News{
			declined, progress(payment.Pending, payment.Progress{Booked: true, Billed: gbp("15.00")}),
			back(payment.Declined, "1000.00", booked),
		}, "-15.00", true, payment.Failed},
		"given back after it failed, and its debit told last": {[]payment.News{
			declined, back(payment.Review, "1000.00", odd(payment.Progress{}, "gave back what it never debited")),
			back(payment.Declined, "1000.00", booked),
		}, "0", true, payment.Failed},
	} {
		p := sending(payoutC(""))
		steps := []payment.Payment{payoutC(payment.HoldDraft), p}
		for _, n := range row.news {
			after, err := p.Learn(n)
			if n.By == payment.ByOperator {
				after, err = p.Decide(n.Ref, n.Outcome, start)
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for i := range after.Operations[len(p.Operations):] {
				o := &after.Operations[len(p.Operations)+i]
				o.Booking = after.PriceReturn(*o, money.MustRate("1.24", "GBP", "USD"))
			}
			again := after
			if n.By != payment.ByOperator {
				again = learn(t, after, n)
			}
			steps = append(steps, after, again)
			p = again
		}
		total := sums(t, steps...)
		got := total["nostro:xb.bank:GBP GBP"]
		if got.Asset().IsZero() {
			got = gbp("0")
		}
		want, negative := strings.CutPrefix(row.nostro, "-")
		expected := gbp(want)
		if negative {
			expected = expected.Neg()
		}
		if !got.Equal(expected) || p.Status() != row.status {
			t.Errorf("%s: %s with %s on the account, want %s", name, p.Status(), got, row.nostro)
		}
		if marked := slices.Contains(p.Exceptions(start), payment.Contradicted); marked != row.marked {
			t.Errorf("%s: exceptions %v", name, p.Exceptions(start))
		}
	}
}
