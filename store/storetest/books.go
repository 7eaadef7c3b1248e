package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

func oneChain(t *testing.T, s *database) {
	const all = 12
	if until, err := s.SealedUntil(t.Context()); err != nil || !until.IsZero() {
		t.Errorf("before anything is sealed: until %s, %v", until, err)
	}
	for n := range all {
		s.captured(n)
	}
	together(2, func(int) error {
		for range all {
			if _, err := s.Seal(t.Context(), time.Time{}, start, 3); err != nil {
				continue // the other was first
			}
		}
		return nil
	})
	var head [32]byte
	for at := int64(0); ; {
		links, err := s.Links(t.Context(), at, 5)
		if err != nil {
			t.Fatal(err)
		}
		if len(links) == 0 {
			if at != all {
				t.Errorf("%d links", at)
			}
			break
		}
		for _, l := range links {
			at++
			next := ledger.Hash(head, l.Entry)
			if l.No != at || l.Before != head || l.Hash != next {
				t.Errorf("link %d does not follow", l.No)
			}
			head = next
		}
	}
	if no, hash, err := s.Head(t.Context()); err != nil || no != all || hash != head {
		t.Errorf("head %d, %v", no, err)
	}
	last := s.captured(all)
	if until, err := s.SealedUntil(t.Context()); err != nil || !until.Equal(last.UpdatedAt) { // all are made at one moment
		t.Errorf("sealed until %s, %v", until, err)
	}
	if n, err := s.Seal(t.Context(), last.UpdatedAt.Add(time.Microsecond), start, 3); err != nil || n != 0 {
		t.Errorf("%d sealed that are older, %v", n, err)
	}
	if n, err := s.Seal(t.Context(), last.UpdatedAt, start, 3); err != nil || n != 1 {
		t.Errorf("%d sealed from there, %v", n, err)
	}
}

// exact posts amounts that no float and no 64-bit number can hold.
func exact(t *testing.T, s *suite) {
	if err := money.Register(money.Asset{Code: "WEI", Network: "eip155:1", Exponent: 18, Kind: money.Native}); err != nil {
		t.Fatal(err)
	}
	large := exactly("1000000000000000000000000000.000000000000000001", "WEI@eip155:1")
	p := s.stored(1)
	for i := range 3 {
		after := p
		after.RetryAt = start.Add(time.Duration(i) * time.Second)
		tr := step(p, after)
		tr.Entries = []ledger.Entry{ledger.Funding{ID: "fund:" + string(rune('a'+i)), Account: ledger.Chain("eip155:1", "hot"), Amount: large}.Entry()}
		p = s.commit(tr)
	}
	if got := s.balance(ledger.Chain("eip155:1", "hot"), "WEI@eip155:1"); got != "3000000000000000000000000000.000000000000000003" {
		t.Errorf("balance %s", got)
	}
	s.sound()
}

func pages(t *testing.T, s *database) {
	var want []payment.ID
	for n := range 7 {
		want = append(want, s.stored(n).ID)
	}
	slices.Reverse(want)
	page := func(p payment.Page) ([]payment.ID, bool) {
		t.Helper()
		found, more, err := s.Payments(t.Context(), payment.Filter{Merchant: "m_1", Mode: payment.Test, Direction: fx.Collect, Page: p})
		if err != nil {
			t.Fatal(err)
		}
		var ids []payment.ID
		for _, one := range found {
			ids = append(ids, one.ID)
			if len(one.Attempts) != 1 {
				t.Errorf("%s has %d attempts", one.ID, len(one.Attempts))
			}
		}
		return ids, more
	}
	first, more := page(payment.Page{Limit: 3})
	if !slices.Equal(first, want[:3]) || !more {
		t.Errorf("first page %v, more %t", first, more)
	}
	second, more := page(payment.Page{Limit: 3, After: string(first[2])})
	if !slices.Equal(second, want[3:6]) || !more {
		t.Errorf("second page %v, more %t", second, more)
	}
	if last, more := page(payment.Page{Limit: 3, After: string(second[2])}); !slices.Equal(last, want[6:]) || more {
		t.Errorf("last page %v, more %t", last, more)
	}
	if back, more := page(payment.Page{Limit: 3, Before: string(second[0])}); !slices.Equal(back, first) || more {
		t.Errorf("back %v, more %t", back, more)
	}
	found, _, err := s.Payments(t.Context(), payment.Filter{Merchant: "m_1", Mode: payment.Test, Direction: fx.Collect, Reference: "order-3", Page: payment.Page{Limit: 5}})
	if err != nil || len(found) != 1 || found[0].ID != "pay_003" {
		t.Errorf("by reference: %d, %v", len(found), err)
	}
	if other, _, err := s.Payments(t.Context(), payment.Filter{Merchant: "m_2", Mode: payment.Test, Page: payment.Page{Limit: 5}}); err != nil || len(other) != 0 {
		t.Errorf("another merchant sees %d payments, %v", len(other), err)
	}
}

func posted(t *testing.T, s *suite) {
	entry := ledger.Funding{ID: "fund:1", Account: ledger.Nostro("bank.b", "EUR"), Amount: money.Must("12.00", "EUR")}.Entry()
	for range 2 {
		if err := s.Post(t.Context(), entry, start); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.balance(ledger.Nostro("bank.b", "EUR"), "EUR"); got != "12.00" {
		t.Errorf("balance %s", got)
	}
	if err := s.Post(t.Context(), ledger.Entry{ID: "fund:2"}, start); !errors.Is(err, ledger.ErrNoPostings) {
		t.Errorf("an entry without postings: %v", err)
	}
	s.sound()
}
