package reconcile_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/reconcile"
)

const noon = 12 * time.Hour

func TestEveryKindOfBreak(t *testing.T) {
	l := newLab(t)
	at := today.Add(noon)
	for i, attempt := range []string{"att_same", "att_gone", "att_more", "att_twice"} {
		l.charged(attempt, fmt.Sprintf("1%d.00", i), at)
	}
	l.says(acme, today, noon, "charge att_same 10.00")
	l.says(acme, today, noon, "charge att_more 12.50")
	l.says(acme, today, noon, "charge att_twice 13.00")
	l.says(acme, today, noon, "charge att_twice 13.00")
	l.says(acme, today, noon, "charge att_new 14.00")
	l.says(acme, today, noon, "charge att_new 14.00")
	l.says(acme, today, noon, "refund ref_new 1.00")
	l.finds(acme, today,
		"amount_differs charge att_more 12.50 12.00", "duplicate charge att_twice 13.00 0.00",
		"missing_at_channel charge att_gone 0.00 11.00", "missing_here charge att_new 14.00 0.00",
		"duplicate charge att_new 14.00 0.00", "missing_here refund ref_new -1.00 0.00")
}

// TestAroundMidnight has the two sides date one movement on two days, either way.
func TestAroundMidnight(t *testing.T) {
	midnight := today.AddDate(0, 0, 1)
	l := newLab(t)
	l.charged("att_early", "10.00", midnight.Add(-time.Minute))
	l.says(acme, midnight, time.Second, "charge att_early 10.00")
	l.says(acme, today, 24*time.Hour-time.Second, "charge att_late 11.00")
	l.charged("att_late", "11.00", midnight.Add(5*time.Minute))
	l.charged("att_lost", "12.00", midnight.Add(-time.Minute))
	l.finds(acme, today)
	l.now = l.now.Add(24 * time.Hour)
	l.finds(acme, midnight, "missing_at_channel charge att_lost 0.00 12.00")
}

// TestWhatIsLearnedLate has the books learn days later what a statement had, and a channel book days later what the books had.
func TestWhatIsLearnedLate(t *testing.T) {
	l := newLab(t)
	l.says(acme, today, noon, "charge att_1 10.00")
	l.charged("att_2", "11.00", today.Add(noon))
	l.finds(acme, today, "missing_at_channel charge att_2 0.00 11.00", "missing_here charge att_1 10.00 0.00")
	later := today.AddDate(0, 0, 4)
	l.now = later.Add(26 * time.Hour)
	l.charged("att_1", "10.00", later.Add(noon))
	l.says(acme, later, noon, "charge att_2 11.00")
	if report := l.run(acme, later); report.Healed != 2 || len(report.Breaks) != 0 {
		t.Errorf("%d healed, %d open", report.Healed, len(report.Breaks))
	}
}

func TestWhatNamesNoReferenceIsMatchedByAmountAndDate(t *testing.T) {
	l := newLab(t)
	at := today.Add(noon)
	fund := func(id, value string, at time.Time) {
		l.books(ledger.Funding{ID: id + ":funded", Account: ledger.Nostro(bank, "EUR"), Amount: euros(value)}.Entry(), at)
	}
	fund("fund_1", "100.00", at.AddDate(0, 0, -2))
	fund("fund_2", "200.00", at.AddDate(0, 0, -4)) // too long ago
	l.paid("att_1", "30.00", at)
	l.paid("att_2", "40.00", at)
	l.says(bank, today, noon, "credit SB1 100.00")
	l.says(bank, today, noon, "credit SB2 100.00") // nothing is left for it
	l.says(bank, today, noon, "credit SB3 200.00")
	l.says(bank, today, noon, "other SB4 30.00")
	l.finds(bank, today, "missing_at_channel payout att_2 0.00 -40.00",
		"missing_here credit SB2 100.00 0.00", "missing_here credit SB3 200.00 0.00")
}

// TestARowOfOursIsNeverAnother has a statement show one attempt and miss another of the same amount.
func TestARowOfOursIsNeverAnother(t *testing.T) {
	l := newLab(t)
	l.unknown("att_1")
	l.charged("att_2", "20.00", today.Add(noon))
	l.says(acme, today, noon, "charge att_1 20.00")
	l.finds(acme, today, "missing_at_channel charge att_2 0.00 20.00", "missing_here charge att_1 20.00 0.00")
}

// TestSumsOfFees holds fees, and what comes back, against the books as one sum for each payout.
func TestSumsOfFees(t *testing.T) {
	l := newLab(t)
	l.paid("att_1", "30.00", today.Add(noon))
	l.under("att_1", ledger.PayoutCharges{ID: "att_1:charges:12.00", Bank: bank, Amount: euros("12.00")}.Entry(), today.Add(noon))
	l.under("att_1", ledger.PayoutCharges{ID: "att_1:charges:17.00", Bank: bank, Amount: euros("5.00")}.Entry(), today.Add(noon))
	for _, row := range []string{"payout att_1 30.00 SB1", "fee att_1 12.00 SB2", "fee att_1 5.00 SB3", "fee att_1 5.00 SB3"} {
		l.says(bank, today, noon, row)
	}
	l.finds(bank, today, "duplicate fee att_1 -5.00 0.00")
	l.forgets(bank, today)
	l.says(bank, today, noon, "payout att_1 30.00 SB1")
	l.says(bank, today, noon, "fee att_1 12.00 SB2")
	l.finds(bank, today, "amount_differs fee att_1 -12.00 -17.00")
}

// TestABreakAges keeps id, owner and age while a break is seen again, and closes it once a statement heals it.
func TestABreakAges(t *testing.T) {
	l := newLab(t)
	l.charged("att_1", "10.00", today.Add(noon))
	opened := l.now
	first := l.finds(acme, today, "missing_at_channel charge att_1 0.00 10.00")[0]
	if _, err := l.Assign(t.Context(), first.ID, "Ann", "asked them"); err != nil {
		t.Fatal(err)
	}
	l.now = l.now.Add(48 * time.Hour)
	again := l.finds(acme, today.AddDate(0, 0, 2), "missing_at_channel charge att_1 0.00 10.00")[0]
	if again.ID != first.ID || !again.OpenedAt.Equal(opened) || !again.SeenAt.Equal(l.now) || again.Owner != "ann" || again.Note != "asked them" {
		t.Errorf("seen again it is %+v", again)
	}
	counts, err := l.db.OpenBreakCounts(t.Context(), l.now)
	if err != nil || fmt.Sprint(counts) != "map[missing_at_channel:map[week:1]]" {
		t.Errorf("counted as %v (%v)", counts, err)
	}
	l.says(acme, today, noon, "charge att_1 10.00")
	if report := l.run(acme, today); report.Healed != 1 {
		t.Errorf("%d healed", report.Healed)
	}
	closed, err := l.db.Break(t.Context(), first.ID)
	if err != nil || closed.Closed != reconcile.Healed || !closed.ClosedAt.Equal(l.now) {
		t.Errorf("healed it is %+v (%v)", closed, err)
	}
	if _, err := l.Assign(t.Context(), first.ID, "bob", ""); !errors.Is(err, reconcile.ErrBreakClosed) {
		t.Errorf("assigned: %v", err)
	}
}

func TestTwoPeopleResolveABreak(t *testing.T) {
	l := newLab(t)
	l.channels[bank].balance = euros("60.00")
	for i, row := range []string{"credit SB1 10.00", "credit SB2 20.00", "credit SB3 30.00"} {
		l.says(bank, today, noon+time.Duration(i), row)
	}
	rows := []string{"missing_here credit SB1 10.00 0.00", "missing_here credit SB2 20.00 0.00", "missing_here credit SB3 30.00 0.00"}
	breaks := l.finds(bank, today, rows...)
	resolve := func(b reconcile.Break, remedy reconcile.Remedy, by string) reconcile.Ruling {
		t.Helper()
		r, err := l.Resolve(t.Context(), b.ID, remedy, by)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, by := range []string{"ann", " Ann "} {
		if r := resolve(breaks[0], reconcile.Book, by); r.ConfirmedBy != "" {
			t.Fatalf("one person alone: %+v", r)
		}
	}
	if r := resolve(breaks[0], reconcile.Dismiss, "bob"); r.ConfirmedBy != "" {
		t.Fatalf("another remedy is another proposal: %+v", r)
	}
	l.now = l.now.Add(payment.ProposedFor)
	if r := resolve(breaks[0], reconcile.Dismiss, "ann"); r.ConfirmedBy != "" {
		t.Fatalf("a day later: %+v", r)
	}
	l.now = today.Add(26 * time.Hour)
	for i, remedy := range []reconcile.Remedy{reconcile.Book, reconcile.WriteOff, reconcile.Dismiss} {
		resolve(breaks[i], remedy, "eve")
		if r := resolve(breaks[i], remedy, "bob"); r.ProposedBy != "eve" || r.ConfirmedBy != "bob" {
			t.Fatalf("two people: %+v", r)
		}
		if _, err := l.Resolve(t.Context(), breaks[i].ID, remedy, "ann"); !errors.Is(err, reconcile.ErrBreakClosed) {
			t.Errorf("once more: %v", err)
		}
	}
	if got := l.balance(ledger.Nostro(bank, "EUR")) + " " + l.balance(ledger.Suspense(bank)) + " " + l.balance(ledger.CostChannel); got != "30.00 10.00 -20.00" {
		t.Errorf("nostro, suspense and cost are %s", got)
	}
	l.finds(bank, today) // neither the rows nor the balance
	if _, err := l.Resolve(t.Context(), "brk_none", reconcile.Book, "ann"); !errors.Is(err, reconcile.ErrNoBreak) {
		t.Errorf("of nothing: %v", err)
	}
	if _, err := l.Resolve(t.Context(), breaks[0].ID, "forget", "ann"); !errors.Is(err, reconcile.ErrRemedy) {
		t.Errorf("another word: %v", err)
	}
}

// TestWhatWasProposedIsForWhatWasSeen has a statement say more after somebody had proposed to write a break off. Who then agrees
// agrees to nothing: it is another amount. The same amount, found again, is still what was proposed for.
func TestWhatWasProposedIsForWhatWasSeen(t *testing.T) {
	l := newLab(t)
	l.says(bank, today, noon, "credit SB1 1.00")
	b := l.finds(bank, today, "missing_here credit SB1 1.00 0.00")[0]
	resolve := func(by string) reconcile.Ruling {
		t.Helper()
		r, err := l.Resolve(t.Context(), b.ID, reconcile.WriteOff, by)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	resolve("ann")
	l.forgets(bank, today)
	l.says(bank, today, noon, "credit SB1 9000.00")
	l.finds(bank, today, "missing_here credit SB1 9000.00 0.00")
	if r := resolve("bob"); r.ConfirmedBy != "" {
		t.Fatalf("ann saw 1.00: %+v", r)
	}
	l.finds(bank, today, "missing_here credit SB1 9000.00 0.00")
	if r := resolve("ann"); r.ProposedBy != "bob" || r.ConfirmedBy != "ann" || l.balance(ledger.Nostro(bank, "EUR")) != "9000.00" {
		t.Errorf("both saw the same: %+v", r)
	}
}

// TestARunThatOverlapsAResolutionOpensNothingAgain has two people book a break while a run that found it before has not kept
// what it found.
func TestARunThatOverlapsAResolutionOpensNothingAgain(t *testing.T) {
	l := newLab(t)
	l.says(bank, today, noon, "credit SB1 10.00")
	b := l.finds(bank, today, "missing_here credit SB1 10.00 0.00")[0]
	late := b
	late.ID, late.SeenAt = "brk_late", l.now
	l.now = l.now.Add(time.Minute)
	for _, by := range []string{"ann", "bob"} {
		if _, err := l.Resolve(t.Context(), b.ID, reconcile.Book, by); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.db.RecordBreaks(t.Context(), []reconcile.Break{late}, nil); err != nil {
		t.Fatal(err)
	}
	if open, err := l.db.OpenBreaks(t.Context(), bank, 10); err != nil || len(open) != 0 {
		t.Errorf("open, to be booked once more, are %+v (%v)", open, err)
	}
}

// TestMoreBreaksThanCanBeLookedAtAreNotKept has a statement of which nothing is in the books, as where those of another house are
// read. It is refused whole: what could not be read back would keep the channel from ever being reconciled again.
func TestMoreBreaksThanCanBeLookedAtAreNotKept(t *testing.T) {
	l := newLab(t)
	l.says(bank, today, noon, "credit SB0 1.00")
	l.finds(bank, today, "missing_here credit SB0 1.00 0.00")
	for i := range reconcile.BreaksMax {
		l.says(bank, today, noon, fmt.Sprintf("credit XX%d 1.00", i))
	}
	if _, err := l.Run(t.Context(), bank, today); !errors.Is(err, reconcile.ErrTooMany) {
		t.Fatalf("%d breaks: %v", reconcile.BreaksMax+1, err)
	}
	l.forgets(bank, today)
	l.finds(bank, today)
}

// TestWhatWasBookedIsNotBookedAgain has a statement say another amount after two people had booked what it said first: the
// difference is what is left, and the balance fits all the while.
func TestWhatWasBookedIsNotBookedAgain(t *testing.T) {
	l := newLab(t)
	for _, step := range []struct{ says, finds, books string }{
		{"10.00", "10.00 0.00", "10.00"}, {"12.00", "12.00 10.00", "12.00"}, {"9.00", "9.00 12.00", "9.00"},
	} {
		l.forgets(bank, today)
		l.channels[bank].balance = euros(step.says)
		l.says(bank, today, noon, "credit SB1 "+step.says)
		b := l.finds(bank, today, "missing_here credit SB1 "+step.finds)[0]
		for _, by := range []string{"ann", "bob"} {
			if _, err := l.Resolve(t.Context(), b.ID, reconcile.Book, by); err != nil {
				t.Fatal(err)
			}
		}
		if got := l.balance(ledger.Nostro(bank, "EUR")); got != step.books {
			t.Errorf("the statement says %s, the books %s", step.says, got)
		}
		l.finds(bank, today)
	}
}

// TestTheBalanceTellsWhatNoRowDoes finds what is in the books, or at the bank, and in no movement of either.
func TestTheBalanceTellsWhatNoRowDoes(t *testing.T) {
	l := newLab(t)
	nostro := ledger.Nostro(bank, "EUR")
	l.books(ledger.Funding{ID: "fund_1:funded", Account: nostro, Amount: euros("100.00")}.Entry(), today.AddDate(0, -1, 0)) // before it all
	l.paid("att_1", "30.00", today.Add(noon))
	l.says(bank, today, noon, "payout att_1 30.00")
	l.paid("att_2", "5.00", today.Add(24*time.Hour-time.Minute)) // in flight
	l.paid("att_3", "6.00", today.Add(25*time.Hour))             // of another day
	l.channels[bank].balance = euros("70.00")
	l.finds(bank, today)
	l.channels[bank].balance = euros("69.00")
	l.finds(bank, today, "balance_differs EUR 69.00 70.00")
	l.channels[bank].balance = euros("70.00")
	l.books(ledger.Funding{ID: "fund_2:funded", Account: nostro, Amount: euros("1000.00")}.Entry(), today.Add(noon)) // which never came
	l.finds(bank, today, "balance_differs EUR 70.00 1070.00")
}

// TestWhatAStatementShowsIsReported tells the gateway of references of ours that the books have nothing of, and takes in what
// it learns.
func TestWhatAStatementShowsIsReported(t *testing.T) {
	l := newLab(t)
	p := l.unknown("att_1")
	l.says(acme, today, noon, "charge att_1 10.00")
	l.says(acme, today, noon, "charge att_stranger 11.00")
	l.report = func(ref string) error {
		l.charged(ref, "10.00", l.now)
		return nil
	}
	l.finds(acme, today, "missing_here charge att_stranger 11.00 0.00")
	if !slices.Equal(l.reported, []string{"att_1"}) {
		t.Errorf("reported are %v", l.reported)
	}
	l.unknown("att_2")
	l.says(acme, today, noon, "charge att_2 12.00")
	l.report = func(string) error { return errors.New("no answer") }
	breaks := l.finds(acme, today, "missing_here charge att_stranger 11.00 0.00", "missing_here charge att_2 12.00 0.00")
	if breaks[1].Payment == "" || breaks[1].Payment == p {
		t.Errorf("it is of payment %q", breaks[1].Payment)
	}
}

// TestAStatementThatCannotBeReadChangesNothing keeps what is known.
func TestAStatementThatCannotBeReadChangesNothing(t *testing.T) {
	l := newLab(t)
	l.charged("att_1", "10.00", today.Add(noon))
	l.finds(acme, today, "missing_at_channel charge att_1 0.00 10.00")
	l.channels[acme].err = errors.New("no line")
	if _, err := l.Run(t.Context(), acme, today); err == nil || !strings.Contains(err.Error(), "no line") {
		t.Errorf("read all the same: %v", err)
	}
	if open, err := l.db.OpenBreaks(t.Context(), acme, 10); err != nil || len(open) != 1 {
		t.Errorf("%d are open (%v)", len(open), err)
	}
	if _, err := l.Run(t.Context(), "card.none", today); !errors.Is(err, reconcile.ErrNoChannel) {
		t.Errorf("of no channel: %v", err)
	}
}

// TestTheDailyWork reconciles the days that have ended, those that were missed too, and waits behind one that cannot be read.
func TestTheDailyWork(t *testing.T) {
	l := newLab(t)
	c := l.channels[acme]
	l.now = today.Add(time.Hour)
	pass := func(want ...string) {
		t.Helper()
		c.asked = nil
		l.Pass(t.Context())
		if !slices.Equal(c.asked, want) {
			t.Errorf("at %s it asks for %v, want %v", l.now.Format(time.DateTime), c.asked, want)
		}
	}
	pass() // it begins with the day on which it is first seen
	l.now = today.Add(25 * time.Hour)
	pass() // not yet
	l.now = today.Add(26*time.Hour + time.Minute)
	pass("2026-11-24", "2026-11-25") // with the day before, which it knows nothing of
	pass()
	l.now = today.Add(3*24*time.Hour + 3*time.Hour)
	c.err = errors.New("no line")
	pass("2026-11-26")
	c.err = nil
	pass("2026-11-26", "2026-11-27")
	c.err = rails.ErrNoStatement
	l.now = today.Add(4*24*time.Hour + 3*time.Hour)
	pass("2026-11-28") // of a holiday, perhaps
	c.err = nil
	l.now = today.Add(30 * 24 * time.Hour)
	c.asked = nil
	l.Pass(t.Context())
	if len(c.asked) != 8 || c.asked[len(c.asked)-1] != "2026-12-23" { // seven days, and the one before them
		t.Errorf("after a month it asks for %v", c.asked)
	}
}
