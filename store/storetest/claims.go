package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// claims returns what is listed as waiting, with what is proposed of it.
func (s *database) claims() string {
	s.t.Helper()
	all, err := s.Claims(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	var found []string
	for _, c := range all {
		by := "nobody"
		if c.Ruling != nil {
			by = c.Ruling.ProposedBy + " " + c.Ruling.Destination
		}
		found = append(found, fmt.Sprintf("%s %s %s", c.Payment, c.Amount.Value(), by))
	}
	return fmt.Sprint(found)
}

// propose keeps two proposals for the claims of p, the second in place of the first, and returns it with what it begins.
func (s *suite) propose(p payment.Payment) (payment.ClaimRuling, payment.Payment) {
	s.t.Helper()
	r := payment.ClaimRuling{
		Operation: "clm_1", Payment: p.ID, Amount: money.Must("1", ether.String()), Destination: "0xa", ProposedBy: "ann", ProposedAt: start,
	}
	first := r
	first.Operation, first.Destination = "clm_0", "0xb"
	for _, proposed := range []payment.ClaimRuling{first, r} {
		if err := s.ProposeClaim(s.t.Context(), proposed); err != nil {
			s.t.Fatal(err)
		}
	}
	begun, err := p.BeginClaimReturn(payment.NewClaimReturn(r.Operation, r.Amount, r.Destination, start.Add(time.Hour)), start.Add(time.Hour))
	if err != nil {
		s.t.Fatal(err)
	}
	return r, begun
}

func returnedClaims(t *testing.T, s *suite) {
	p := s.holding(1)
	r, begun := s.propose(p)
	s.confirmsOnce(p, begun, r)
	found := s.load(p.ID)
	if len(found.Operations) != 1 || found.Operations[0].Destination != "0xa" || !found.Receipts[0].CreditedAt.Equal(start.Add(time.Minute)) {
		t.Fatalf("it came back as %+v %+v", found.Operations, found.Receipts)
	}
}

func listedClaims(t *testing.T, s *database) {
	p := s.holding(1)
	one := func(by string) string { return fmt.Sprintf("[%s 1.000000000000000000 %s]", p.ID, by) }
	if got := s.claims(); got != one("nobody") {
		t.Errorf("waiting: %s", got)
	}
	r, begun := s.propose(p)
	if got := s.claims(); got != one("ann 0xa") {
		t.Errorf("waiting: %s", got)
	}
	tr := step(p, begun)
	r.ConfirmedBy, r.ConfirmedAt = "bob", start.Add(time.Hour)
	tr.ClaimRuling = &r
	p = s.commit(tr)
	if got := s.claims(); got != "[]" {
		t.Errorf("waiting while it is returned: %s", got)
	}
	p = s.commit(step(p, said(t, p, payment.Done, "0xc1")))
	gone := p.Receipts[0]
	gone.State = payment.ReceiptOrphaned
	s.commit(step(p, receive(t, p, gone)))
	if got := s.claims(); got != fmt.Sprintf("[%s -1.000000000000000000 nobody]", p.ID) {
		t.Errorf("taken back after it was returned: %s", got)
	}
}

// confirmsOnce has a proposal confirmed in every way that it may not be, and then twice as it may.
func (s *suite) confirmsOnce(p, begun payment.Payment, r payment.ClaimRuling) {
	s.t.Helper()
	confirm := func(change func(*payment.ClaimRuling)) error {
		t := step(p, begun)
		confirmed := r
		confirmed.ConfirmedBy, confirmed.ConfirmedAt = "bob", start.Add(time.Hour)
		change(&confirmed)
		t.ClaimRuling = &confirmed
		return s.Commit(s.t.Context(), t)
	}
	for name, change := range map[string]func(*payment.ClaimRuling){
		"by the same person": func(c *payment.ClaimRuling) { c.ConfirmedBy = "ann" },
		"too late":           func(c *payment.ClaimRuling) { c.ConfirmedAt = start.Add(payment.ProposedFor) },
		"to another address": func(c *payment.ClaimRuling) { c.Destination = "0xb" },
		"of another amount":  func(c *payment.ClaimRuling) { c.Amount = money.Must("0.5", ether.String()) },
		"what was replaced":  func(c *payment.ClaimRuling) { c.Operation = "clm_0" },
		"of somebody else's": func(c *payment.ClaimRuling) { c.ProposedBy = "eve" },
	} {
		s.t.Log(name)
		s.wants(confirm(change), payment.ErrConflict)
	}
	if err := confirm(func(*payment.ClaimRuling) {}); err != nil {
		s.t.Fatal(err)
	}
	s.wants(confirm(func(*payment.ClaimRuling) {}), payment.ErrConflict)
	all, err := s.ClaimRulings(s.t.Context(), p.ID)
	if err != nil || len(all) != 1 || all[0].ConfirmedBy != "bob" || !all[0].Same(r) {
		s.t.Errorf("rulings %+v (%v)", all, err)
	}
}
