package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/reconcile"
)

func rowOf(no int, reference, id, value string) reconcile.Row {
	return reconcile.Row{Day: "2026-11-02", No: no, Movement: rails.Movement{
		ID: id, Reference: reference, Charge: "att_1", Kind: rails.Capture, Amount: money.Must(value, "EUR"), BookedAt: start,
	}}
}

// statements keeps a statement in place of the one before, and finds its rows by either name.
func statements(t *testing.T, s *database) {
	keep := func(rows ...reconcile.Row) {
		t.Helper()
		if err := s.KeepStatement(t.Context(), "card.a", "2026-11-02", rows, start); err != nil {
			t.Fatal(err)
		}
	}
	var many []reconcile.Row
	for i := range 2500 { // more than one statement of SQL takes
		many = append(many, rowOf(i+1, fmt.Sprintf("cap_%d", i), "", "1.00"))
	}
	keep(many...)
	keep(rowOf(1, "cap_1", "ch_1", "10.00"), rowOf(2, "cap_2", "ch_2", "20.00"), rowOf(3, "cap_2", "ch_2", "20.00"))
	for day, want := range map[string]bool{"2026-11-02": true, "2026-11-03": false} {
		if has, err := s.HasStatement(t.Context(), "card.a", day); err != nil || has != want {
			t.Errorf("%s: %v (%v)", day, has, err)
		}
	}
	found, err := s.RowsUnder(t.Context(), "card.a", []string{"cap_2", "ch_1", "cap_7", "none"})
	if err != nil || len(found) != 3 || fmt.Sprint(found[0]) != fmt.Sprint(rowOf(1, "cap_1", "ch_1", "10.00")) || found[2].No != 3 {
		t.Errorf("found %v (%v)", found, err)
	}
	if found, err := s.RowsUnder(t.Context(), "card.b", []string{"cap_2"}); err != nil || len(found) != 0 {
		t.Errorf("on another channel: %v (%v)", found, err)
	}
}

// booked reads the entries on a channel's accounts, by time and by reference, with the names of their causes there.
func booked(t *testing.T, s *database) {
	p := s.captured(1)
	pushed := s.commit(step(payment.Payment{}, s.pushed(2)))
	s.commit(step(pushed, receive(t, pushed, receiptOf(pushed, "SB1", "40.00", payment.ReceiptCredited))))
	stray := payment.Receipt{ID: "rct_stray", Reference: "SB2", Amount: money.Must("7.00", "EUR"), State: payment.ReceiptCredited, Credits: 1, At: start}
	into := ledger.Nostro("bank.b", "EUR")
	entry := ledger.Unmatched{ID: "rct_stray:unmatched", Channel: "bank.b", Into: into, Amount: stray.Amount}.Entry()
	if err := s.KeepStray(t.Context(), "bank.b", "nowhere", stray, entry, start.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	receivable := []ledger.Account{ledger.ChannelReceivable("card.a")}
	span := reconcile.Span{Early: start.Add(-2 * time.Hour), From: start, Until: start.Add(time.Hour)}
	books, err := s.PostedOn(t.Context(), "card.a", receivable, span, 10)
	if err != nil || len(books.Posted) != 1 || books.Posted[0].ID != "att_001:captured" || books.Posted[0].Payment != p.ID {
		t.Fatalf("by card: %+v (%v)", books.Posted, err)
	}
	if n := len(books.Posted[0].Postings); n != 10 || len(books.Balances) != 1 || books.Balances[0].Amount.Value() != "98.69" {
		t.Errorf("%d postings, and %v", n, books.Balances)
	}
	books, err = s.PostedOn(t.Context(), "bank.b", []ledger.Account{into}, span, 10)
	if err != nil || len(books.Posted) != 2 || books.Posted[0].Reference != "SB2" || books.Posted[1].Reference != "SB1" || books.Posted[1].Attempt != "att_002" {
		t.Errorf("at the bank: %+v (%v)", books.Posted, err)
	}
	if _, err := s.PostedOn(t.Context(), "bank.b", []ledger.Account{into}, span, 1); err == nil {
		t.Error("more than the limit")
	}
	for reference, want := range map[string]string{"att_001": "", "SB1": "rct_SB1:credited", "SB2": "rct_stray:unmatched", "att_002": "rct_SB1:credited", "none": ""} {
		found, err := s.PostedUnder(t.Context(), "bank.b", []ledger.Account{into}, []string{reference})
		got := ""
		if len(found) > 0 {
			got = found[0].ID
		}
		if err != nil || len(found) > 1 || got != want {
			t.Errorf("under %s: %+v (%v)", reference, found, err)
		}
	}
	ours, err := s.Ours(t.Context(), []string{"att_001", "SB1", "none"})
	if err != nil || len(ours) != 1 || ours["att_001"] != p.ID {
		t.Errorf("ours are %v (%v)", ours, err)
	}
}

func breakOf(n int) reconcile.Break {
	return reconcile.Break{
		ID: fmt.Sprintf("brk_%d", n), Channel: "card.a", Kind: reconcile.AmountDiffers, Movement: rails.Charge, Reference: fmt.Sprintf("att_%d", n),
		Payment: "pay_1", Theirs: money.Must("12.00", "EUR"), Ours: money.Must("10.00", "EUR"), At: start, OpenedAt: start, SeenAt: start,
	}
}

func (s *database) record(found, healed []reconcile.Break) {
	s.t.Helper()
	if err := s.RecordBreaks(s.t.Context(), found, healed); err != nil {
		s.t.Fatal(err)
	}
}

// breaks keeps one open break for each difference, however often it is found.
func breaks(t *testing.T, s *database) {
	one, two := breakOf(1), breakOf(2)
	s.record([]reconcile.Break{one, two}, nil)
	again := one
	again.ID, again.OpenedAt, again.SeenAt, again.Theirs = "brk_9", start.Add(time.Hour), start.Add(time.Hour), money.Must("13.00", "EUR")
	s.record([]reconcile.Break{again}, nil)
	found, err := s.Break(t.Context(), one.ID)
	want := one
	want.SeenAt, want.Theirs = again.SeenAt, again.Theirs
	if err != nil || fmt.Sprintf("%+v", found) != fmt.Sprintf("%+v", want) {
		t.Errorf("seen again it is\n%+v, want\n%+v (%v)", found, want, err)
	}
	if open, err := s.OpenBreaks(t.Context(), "card.a", 2); err != nil || len(open) != 2 {
		t.Errorf("%d open (%v)", len(open), err)
	}
	if _, err := s.OpenBreaks(t.Context(), "card.a", 1); err == nil {
		t.Error("more than the limit")
	}
	two.ClosedAt, two.Closed = start.Add(time.Hour), reconcile.Healed
	s.record(nil, []reconcile.Break{two})
	s.record([]reconcile.Break{again}, nil)
	ten := payment.Page{Limit: 10}
	for filter, want := range map[reconcile.Filter]int{
		{Page: ten}: 1, {Closed: true, Page: ten}: 2, {Channel: "card.b", Page: ten}: 0, {Kind: reconcile.Duplicate, Closed: true, Page: ten}: 0,
		{Closed: true, Page: payment.Page{Limit: 1}}: 1,
	} {
		page, more, err := s.Breaks(t.Context(), filter)
		if err != nil || len(page) != want || more != (filter.Page.Limit == 1) {
			t.Errorf("%+v: %d, more %v (%v)", filter, len(page), more, err)
		}
	}
	counts, err := s.OpenBreakCounts(t.Context(), start.Add(8*24*time.Hour))
	if err != nil || fmt.Sprint(counts) != "map[amount_differs:map[older:1]]" {
		t.Errorf("counted as %v (%v)", counts, err)
	}
	if err := s.AssignBreak(t.Context(), two.ID, "ann", ""); !errors.Is(err, reconcile.ErrBreakClosed) {
		t.Errorf("assigned a closed one: %v", err)
	}
	if err := s.AssignBreak(t.Context(), "brk_0", "ann", ""); !errors.Is(err, reconcile.ErrNoBreak) {
		t.Errorf("assigned none: %v", err)
	}
}

// remedies has a ruling confirmed in every way that it may not be, and then twice as it may.
func remedies(t *testing.T, s *database) {
	s.record([]reconcile.Break{breakOf(1), breakOf(2)}, nil)
	r := reconcile.Ruling{Break: "brk_1", Remedy: reconcile.Dismiss, ProposedBy: "ann", ProposedAt: start}
	first := r
	first.Remedy = reconcile.Book
	for _, proposed := range []reconcile.Ruling{first, r} { // the second in place of the first
		if err := s.ProposeRemedy(t.Context(), proposed); err != nil {
			t.Fatal(err)
		}
	}
	entry := ledger.Unmatched{ID: "brk_1:found", Channel: "card.a", Into: ledger.ChannelReceivable("card.a"), Amount: money.Must("2.00", "EUR")}.Entry()
	confirm := func(change func(*reconcile.Ruling)) error {
		confirmed := r
		confirmed.ConfirmedBy, confirmed.ConfirmedAt = "bob", start.Add(time.Hour)
		change(&confirmed)
		return s.ConfirmRemedy(t.Context(), confirmed, []ledger.Entry{entry})
	}
	for name, change := range map[string]func(*reconcile.Ruling){
		"by the same person": func(c *reconcile.Ruling) { c.ConfirmedBy = "ann" },
		"too late":           func(c *reconcile.Ruling) { c.ConfirmedAt = start.Add(payment.ProposedFor) },
		"another remedy":     func(c *reconcile.Ruling) { c.Remedy = reconcile.Book },
		"of another break":   func(c *reconcile.Ruling) { c.Break = "brk_2" },
		"of somebody else's": func(c *reconcile.Ruling) { c.ProposedBy = "eve" },
	} {
		t.Log(name)
		s.wants(confirm(change), payment.ErrConflict)
	}
	if got := s.balance(ledger.Suspense("card.a"), "EUR"); got != "0.00" {
		t.Errorf("refused, it booked %s", got)
	}
	if err := confirm(func(*reconcile.Ruling) {}); err != nil {
		t.Fatal(err)
	}
	s.wants(confirm(func(*reconcile.Ruling) {}), payment.ErrConflict)
	if got := s.balance(ledger.Suspense("card.a"), "EUR"); got != "2.00" {
		t.Errorf("in suspense are %s", got)
	}
	resolved, err := s.ResolvedBreaks(t.Context(), "card.a", []string{"att_1", "att_2"})
	if err != nil || len(resolved) != 1 || resolved[0].Ruling == nil || resolved[0].Ruling.ConfirmedBy != "bob" {
		t.Errorf("resolved are %+v (%v)", resolved, err)
	}
	dismissed, err := s.Dismissed(t.Context(), "card.a")
	if err != nil || fmt.Sprint(dismissed) != "[2.00 EUR]" {
		t.Errorf("dismissed are %v (%v)", dismissed, err)
	}
}
