package storetest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/audit"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/halt"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/store"
)

// RunWatch runs the part of the suite that is about an audit which never ends. damage changes rows behind the store's back.
func RunWatch(t *testing.T, open func(t *testing.T) (*store.DB, Dying), damage func(db *store.DB, statement string) error) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s *database, damage func(db *store.DB, statement string) error)
	}{
		{"a balance that is off halts payouts once", aWatch},
		{"what was changed is seen within seconds", changesAreSeen},
		{"one gateway watches, and another takes over where it was", onlyOneWatches},
		{"what was let go halts again for anything else, however much it was", aFurtherFault},
		{"a node that does not answer holds nothing up", aSilentNode},
		{"what was overdue is not mended by a new watch", anOverduePayment},
		{"what is added up bit by bit is the whole sum", aFold},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.run(t, newDatabase(t, open), damage)
		})
	}
}

// watched is an audit that goes on for ever, with a clock that a test moves.
type watched struct {
	*database
	*audit.Watch

	now    time.Time
	ids    int
	damage func(db *store.DB, statement string) error
}

func newWatched(s *database, pace int, damage func(db *store.DB, statement string) error) *watched {
	w := &watched{database: s, damage: damage, now: start.Add(time.Minute)}
	w.Watch = audit.NewWatch(audit.Config{
		Books: s, Pace: pace, Name: "gw-1", Mode: payment.Test, Now: func() time.Time { return w.now }, Log: slog.New(slog.DiscardHandler),
		NewID:   func(prefix string) string { w.ids++; return fmt.Sprintf("%s_%d_%d", prefix, w.now.Unix(), w.ids) },
		Checked: func(string, int) {},
	})
	return w
}

// looks lets so many seconds pass, with a look in each.
func (w *watched) looks(seconds int) {
	w.database.t.Helper()
	for range seconds {
		w.now = w.now.Add(time.Second)
		if err := w.Look(w.database.t.Context()); err != nil {
			w.database.t.Fatal(err)
		}
	}
}

func (w *watched) damages(statement string) {
	w.database.t.Helper()
	if err := w.damage(w.DB, statement); err != nil {
		w.database.t.Fatal(err)
	}
}

// halted returns why payouts are halted.
func (w *watched) halted() string {
	w.database.t.Helper()
	why, err := w.Halted(w.database.t.Context(), halt.Payouts)
	if err != nil {
		w.database.t.Fatal(err)
	}
	return why
}

func (w *watched) lift() {
	w.database.t.Helper()
	for _, by := range []string{"ada", "bob"} {
		if _, err := halt.Lift(w.database.t.Context(), w.database, halt.Payouts, by, "seen to", w.now); err != nil {
			w.database.t.Fatal(err)
		}
	}
}

// sealedSound has payments from one number to another that stand every check, sealed.
func (s *database) sealedSound(from, to int) {
	s.t.Helper()
	if err := s.SaveRuleSet(s.t.Context(), 1, string(fx.DefaultRulesText()), start); err != nil {
		s.t.Fatal(err)
	}
	for n := from; n < to; n++ {
		if err := s.captureSound(n); err != nil {
			s.t.Fatal(err)
		}
	}
	if _, err := s.Seal(s.t.Context(), time.Time{}, start, 1000); err != nil {
		s.t.Fatal(err)
	}
}

// aWatch finds a balance that is off, believes it at the second look, halts payouts once, and does so again only for
// something else.
func aWatch(t *testing.T, s *database, damage func(db *store.DB, statement string) error) {
	s.sealedSound(0, 12)
	w := newWatched(s, 5, damage) // so that a pass takes several looks
	w.looks(40)
	pass, err := audit.LastPass(t.Context(), s)
	if err != nil || pass.LastEnded.IsZero() || pass.Last["I1"] != 12 || pass.Last["I12"] < 12 || w.halted() != "" {
		t.Fatalf("sound books: %+v, halted %q, %v", pass, w.halted(), err)
	}

	// Drawn from a balance without a posting, as only a fault of ours could.
	off := ledger.Funding{ID: "fund:1", Account: ledger.Nostro("bank.a", "EUR"), Amount: money.Must("5.00", "EUR")}.Entry()
	if err := s.Post(t.Context(), off, start); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Seal(t.Context(), time.Time{}, start, 1000); err != nil {
		t.Fatal(err)
	}
	w.looks(40)
	if w.halted() != "" {
		t.Fatalf("an entry that belongs to no payment: %s", w.halted())
	}
	w.damages(`UPDATE balances SET amount = dec_add(amount, '1.25') WHERE account = 'nostro:bank.a:EUR'`)
	w.looks(40)
	if why := w.halted(); why != "I6: nostro:bank.a:EUR is 1.25 EUR beside the sum of its postings" {
		t.Errorf("a balance that is off: %q", why)
	}
	events, _, err := s.Events(t.Context(), payment.EventFilter{Mode: payment.Test, Page: payment.Page{Limit: 10}})
	if err != nil || len(events) != 1 || events[0].Type != payment.EventInvariantBroken || !strings.Contains(string(events[0].Data), "1.25 EUR") {
		t.Errorf("%d events, %v", len(events), err)
	}

	w.lift() // in spite of it
	w.looks(40)
	if why := w.halted(); why != "" {
		t.Errorf("lifted, and halted again for the same: %s", why)
	}
	again := newWatched(s, 5, damage) // after a restart
	again.now = w.now
	again.looks(40)
	if why := again.halted(); why != "" {
		t.Errorf("and after a restart: %s", why)
	}
	w.damages(`UPDATE balances SET amount = dec_add(amount, '1.00') WHERE account = 'nostro:bank.a:EUR'`)
	again.looks(40)
	if why := again.halted(); !strings.Contains(why, "2.25 EUR") {
		t.Errorf("further off: %q", why)
	}

	w.damages(`UPDATE balances SET amount = dec_add(amount, '-2.25') WHERE account = 'nostro:bank.a:EUR'`)
	again.looks(40)
	if found, err := s.Findings(t.Context()); err != nil || len(found) != 0 {
		t.Errorf("mended: %v, %v", found, err)
	}
	if again.halted() == "" {
		t.Error("what was mended lifts no halt: people do")
	}
}

// changesAreSeen demands that what was changed is looked at within seconds, however long a pass takes, and that what is seen
// once is no alarm.
func changesAreSeen(t *testing.T, s *database, damage func(db *store.DB, statement string) error) {
	s.sealedSound(0, 60)
	w := newWatched(s, 4, damage) // a pass takes over a minute
	w.looks(3)
	w.damages(`UPDATE payments SET sequence = sequence + 1, updated_at = ` + fmt.Sprint(w.now.UnixMicro()) + ` WHERE id = 'pay_050'`)
	w.looks(4)
	if why := w.halted(); why != "" {
		t.Fatalf("seen once: %s", why)
	}
	w.looks(6)
	if why := w.halted(); why != "I8: payment pay_050 has a gap in its events" {
		t.Errorf("ten seconds after the change: %q", why)
	}
	w.lift()
	w.damages(`UPDATE payments SET sequence = sequence + 1, updated_at = ` + fmt.Sprint(w.now.UnixMicro()) + ` WHERE id = 'pay_051'`)
	w.looks(4)
	w.damages(`UPDATE payments SET sequence = sequence - 1 WHERE id = 'pay_051'`)
	w.looks(20)
	if why := w.halted(); why != "" {
		t.Errorf("gone at the second look: %s", why)
	}
}

// onlyOneWatches demands that of two gateways one audits, that the other takes over where it was, and that a halt is not
// repeated by it.
func onlyOneWatches(t *testing.T, s *database, damage func(db *store.DB, statement string) error) {
	s.sealedSound(0, 40)
	one := newWatched(s, 10, damage)
	one.looks(6)
	before, err := audit.LastPass(t.Context(), s)
	if err != nil || before.Began.IsZero() {
		t.Fatalf("%+v, %v", before, err)
	}
	other := audit.NewWatch(audit.Config{
		Books: s, Pace: 10, Name: "gw-2", Mode: payment.Test, Now: func() time.Time { return one.now }, Log: slog.New(slog.DiscardHandler),
		NewID: func(p string) string { return p + "_other" }, Checked: func(string, int) {},
	})
	if err := other.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if now, err := audit.LastPass(t.Context(), s); err != nil || now.After != before.After {
		t.Errorf("the other went on while the first has the lease: %+v, %v", now, err)
	}
	one.now = one.now.Add(time.Minute) // the first is gone
	if err := other.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	now, err := audit.LastPass(t.Context(), s)
	if err != nil || !now.Began.Equal(before.Began) || now.Checked["I1"] != before.Checked["I1"]+5 { // looks are half a second apart
		t.Errorf("taken over at %+v, not behind %+v, %v", now, before, err)
	}
}

// aFurtherFault finds as much as is kept. Further faults change nothing while payouts are halted for those, and halt them once
// people let those go. What was proposed before a further fault lifts no halt, although the halt sounds the same.
func aFurtherFault(t *testing.T, s *database, damage func(db *store.DB, statement string) error) {
	w := newWatched(s, 5, damage)
	finds := func(faults ...string) (fresh int) {
		t.Helper()
		var found []audit.Finding
		for _, text := range faults {
			w.ids++
			found = append(found, audit.Finding{
				Fault: audit.Fault{Invariant: "I2", Text: text}, Part: "payments", FoundAt: w.now.Add(time.Duration(w.ids) * time.Microsecond),
			})
		}
		w.now = w.now.Add(time.Second)
		event := payment.Event{ID: fmt.Sprint("evt_", w.ids), Type: payment.EventInvariantBroken, Mode: payment.Test, At: w.now, Data: []byte("{}")}
		kept, err := s.Find(t.Context(), found, event, 2)
		if err != nil {
			t.Fatal(err)
		}
		return len(kept)
	}
	if n := finds("a", "b", "c"); n != 2 || w.halted() != "I2: a (and 1 more)" {
		t.Fatalf("%d are kept, halted for %q", n, w.halted())
	}
	if n := finds("c"); n != 0 {
		t.Fatalf("%d more are kept while as many halt payouts", n)
	}
	w.lift()
	if n := finds("a", "d"); n != 1 || w.halted() != "I2: d" {
		t.Errorf("%d are kept, halted for %q", n, w.halted())
	}
	finds("e")
	said := w.halted()
	if _, err := halt.Lift(t.Context(), s, halt.Payouts, "ada", "", w.now); err != nil {
		t.Fatal(err)
	}
	if err := s.Mend(t.Context(), []audit.Finding{{Fault: audit.Fault{Invariant: "I2", Text: "e"}}}); err != nil {
		t.Fatal(err)
	}
	finds("f")
	if h, err := halt.Lift(t.Context(), s, halt.Payouts, "bob", "", w.now); err != nil || h.ConfirmedBy != "" || w.halted() != said {
		t.Errorf("what ada saw lifts what she did not: %+v, halted for %q, %v", h, w.halted(), err)
	}
}

// node is the nodes of a chain as a watch asks them.
type node struct {
	missing []string
	err     error
}

// Missing returns what the test says.
func (n *node) Missing(context.Context) ([]string, error) { return n.missing, n.err }

// aSilentNode has nodes tell of a fault, and then nothing: before it is looked at again, and before it could be found mended.
func aSilentNode(t *testing.T, s *database, damage func(db *store.DB, statement string) error) {
	s.sealedSound(0, 12)
	const fault = "block 7 is another"
	silent := errors.New("nobody answers")
	for _, before := range []struct {
		name    string
		seconds int
		found   int
	}{{"suspected", 5, 0}, {"found", 40, 1}} {
		w := newWatched(s, 5, damage)
		w.now = w.now.Add(time.Duration(before.seconds) * time.Hour)
		n := &node{missing: []string{fault}}
		config := w.Config
		config.Chains = []audit.Chain{n}
		w.Watch = audit.NewWatch(config)
		w.looks(before.seconds)
		n.missing, n.err = nil, silent
		w.looks(120) // fails where a look does
		pass, err := audit.LastPass(t.Context(), s)
		if err != nil || w.now.Sub(pass.LastEnded) > 30*time.Second {
			t.Errorf("%s: at %s the last pass that is known ended at %s, %v", before.name, w.now, pass.LastEnded, err)
		}
		found, err := s.Findings(t.Context())
		if err != nil || len(found) != before.found {
			t.Errorf("%s: %v, %v", before.name, found, err)
		}
	}
}

// anOverduePayment has people let go what is overdue. A watch that has just begun cannot tell yet what is: it neither calls it
// mended nor, later, halts payouts for it again.
func anOverduePayment(t *testing.T, s *database, damage func(db *store.DB, statement string) error) {
	s.sealedSound(0, 2)
	w := newWatched(s, 5, damage)
	w.looks(1)
	w.damages(fmt.Sprintf(`UPDATE payments SET due_at = %d WHERE id = 'pay_001'`, w.now.UnixMicro()))
	w.now = w.now.Add(time.Hour)
	w.looks(20)
	if why := w.halted(); why != "I5: payment pay_001 is overdue" {
		t.Fatalf("halted for %q", why)
	}
	w.lift()
	again := newWatched(s, 5, damage)
	for range 2 {
		again.now = w.now.Add(time.Hour)
		again.looks(20)
		w.now = again.now
		found, err := s.Findings(t.Context())
		if err != nil || len(found) != 1 || found[0].LiftedAt.IsZero() || again.halted() != "" {
			t.Errorf("after a restart there are %v, halted for %q, %v", found, again.halted(), err)
		}
	}
}

// aFold demands that what is added up bit by bit is what all postings sum to, with entries that are not sealed yet.
func aFold(t *testing.T, s *database, _ func(db *store.DB, statement string) error) {
	standings := func() []audit.Standing {
		t.Helper()
		var all []audit.Standing
		for after := (audit.BalanceKey{}); ; {
			page, err := s.Standings(t.Context(), after, 2)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, page...)
			if len(page) < 2 {
				return all
			}
			after = page[1].BalanceKey
		}
	}
	for n := range 8 {
		s.captured(n)
		if n == 5 {
			if _, err := s.Seal(t.Context(), time.Time{}, start, 1000); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.BeginFold(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range n % 3 {
			if _, err := s.Fold(t.Context(), 2); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 6 {
		if _, err := s.Fold(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
	}
	all := standings()
	if len(all) < 2 || !slices.IsSortedFunc(all, func(a, b audit.Standing) int { return strings.Compare(a.Account, b.Account) }) {
		t.Errorf("%d accounts", len(all))
	}
	for _, one := range all {
		if !one.Balance.Equal(one.Postings) {
			t.Errorf("%s has %s, and its postings sum to %s", one.Account, one.Balance, one.Postings)
		}
	}
}
