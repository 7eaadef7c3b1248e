package storetest

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

func wish(name string) chain.Intent {
	return chain.Intent{
		Attempt: name, Channel: onDev, Payout: "po_" + name, Network: devnet, Sender: sender, To: payHere, Amount: money.Must("1", ether.String()), At: start,
	}
}

func signedAs(name string, purpose chain.Purpose) chain.Signed {
	return chain.Signed{Hash: "0x" + name, Purpose: purpose, Raw: []byte(name), Tip: big.NewInt(1), Cap: big.NewInt(2), Gas: 21_000, Height: 9}
}

// nonces plays random wallets against a model: the live intents always have the nonces from the first on, each once,
// but for those that were given up and wait for the next.
func nonces(t *testing.T, s *database) {
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		from := fmt.Sprintf("0x%040d", round)
		held := map[int64]string{} // by nonce
		var free []int64
		next := int64(7)
		for n := range rapid.IntRange(1, 20).Draw(t, "steps") {
			i := wish(fmt.Sprintf("att_%d_%d", round, n))
			i.Sender = from
			got, err := s.Reserve(t.Context(), i, 7)
			if len(held) >= chain.InFlightMax {
				if !errors.Is(err, chain.ErrInFlight) {
					t.Fatalf("one too many: %v", err)
				}
				continue
			}
			want := next
			if len(free) > 0 {
				want = slices.Min(free)
				free = slices.DeleteFunc(free, func(n int64) bool { return n == want })
			} else {
				next++
			}
			if err != nil || got.Nonce != want || held[want] != "" {
				t.Fatalf("nonce %d (%v), want %d", got.Nonce, err, want)
			}
			held[want] = i.Attempt
			if rapid.Bool().Draw(t, "give up") {
				if given, err := s.Abandon(t.Context(), i); err != nil || !given {
					t.Fatalf("it was not given up: %v", err)
				}
				delete(held, want)
				free = append(free, want)
			}
		}
	})
	s.found("nonces", false)
}

func noncesAtOnce(t *testing.T, s *database) {
	var seen [chain.InFlightMax]chain.Intent
	got := together(20, func(n int) error {
		i, err := s.Reserve(t.Context(), wish(fmt.Sprint(n)), 0)
		if errors.Is(err, chain.ErrInFlight) {
			return payment.ErrConflict
		}
		if err == nil {
			seen[i.Nonce] = i
		}
		return err
	})
	if got[""] != chain.InFlightMax || got[payment.ErrConflict.Error()] != 20-chain.InFlightMax {
		t.Errorf("%v", got)
	}
	open, err := s.InFlight(t.Context(), devnet, sender)
	if err != nil || len(open) != chain.InFlightMax {
		t.Fatalf("%d are open (%v)", len(open), err)
	}
	for n, i := range open {
		if i.Nonce != int64(n) || seen[n].Attempt != i.Attempt {
			t.Errorf("nonce %d is %+v", n, i)
		}
	}
	again, err := s.Reserve(t.Context(), wish(open[3].Attempt), 0)
	if err != nil || again.Nonce != 3 {
		t.Errorf("reserved again it has nonce %d (%v)", again.Nonce, err)
	}
	_, err = s.Reserve(t.Context(), wish("more"), 0)
	s.wants(err, chain.ErrInFlight)
	if more, err := s.Reserve(t.Context(), wish("more"), 1); err != nil || more.Nonce != chain.InFlightMax { // nonce 0 is mined, and not final
		t.Errorf("one more has nonce %d (%v)", more.Nonce, err)
	}
}

func givenUp(t *testing.T, s *database) {
	never := wish("never")
	if given, err := s.Abandon(t.Context(), never); err != nil || !given {
		t.Errorf("%t %v", given, err)
	}
	_, err := s.Reserve(t.Context(), never, 0)
	s.wants(err, chain.ErrAbandoned)
	i, err := s.Reserve(t.Context(), wish("a"), 0)
	if err != nil {
		t.Fatal(err)
	}
	if given, err := s.Abandon(t.Context(), i); err != nil || !given {
		t.Errorf("%t %v", given, err)
	}
	s.wants(s.Keep(t.Context(), "a", signedAs("a1", chain.Pay), start), chain.ErrAbandoned)
	s.wants(s.Keep(t.Context(), "a", signedAs("a1", chain.Cancel), start), chain.ErrAbandoned)
	s.wants(s.Keep(t.Context(), "unheard", signedAs("a1", chain.Pay), start), chain.ErrAbandoned)
	_, err = s.Intent(t.Context(), "unheard")
	s.wants(err, chain.ErrNoIntent)
	for n := range 20 { // whoever signs and whoever gives up at once: one of them
		name := fmt.Sprint("race", n)
		i, err := s.Reserve(t.Context(), wish(name), 0)
		if err != nil {
			t.Fatal(err)
		}
		var given bool
		var kept error
		together(2, func(who int) error {
			if who == 0 {
				given, _ = s.Abandon(t.Context(), i)
				return nil
			}
			kept = s.Keep(t.Context(), name, signedAs(name, chain.Pay), start)
			return nil
		})
		if given == (kept == nil) {
			t.Fatalf("given up: %t, kept: %v", given, kept)
		}
		if kept == nil {
			if err := s.Finish(t.Context(), name, "0x"+name); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func toldAsPaid(t *testing.T, s *database) {
	for _, name := range []string{"a", "b"} {
		if _, err := s.Reserve(t.Context(), wish(name), 0); err != nil {
			t.Fatal(err)
		}
		s.wants(s.Count(t.Context(), name, "0x"+name), chain.ErrAbandoned) // nothing was signed
		if err := s.Keep(t.Context(), name, signedAs(name, chain.Pay), start); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := s.Count(t.Context(), "a", "0xa"); err != nil {
			t.Fatal(err)
		}
	}
	s.wants(s.Keep(t.Context(), "a", signedAs("a2", chain.Cancel), start), chain.ErrAbandoned)
	if err := s.Keep(t.Context(), "a", signedAs("a3", chain.Pay), start); err != nil {
		t.Error(err)
	}
	if err := s.Keep(t.Context(), "b", signedAs("b2", chain.Cancel), start); err != nil {
		t.Error(err)
	}
	s.wants(s.Count(t.Context(), "b", "0xb"), chain.ErrAbandoned)
	open, err := s.InFlight(t.Context(), devnet, sender)
	if err != nil || len(open) != 2 || open[0].FinalTx != "0xa" || open[0].State != chain.Sent || open[1].FinalTx != "" {
		t.Errorf("%+v (%v)", open, err)
	}
	if err := s.Finish(t.Context(), "a", "0xa3"); err != nil {
		t.Error(err)
	}
	s.wants(s.Count(t.Context(), "a", "0xa"), chain.ErrAbandoned)
	if i, err := s.Intent(t.Context(), "a"); err != nil || i.State != chain.Final || i.FinalTx != "0xa3" {
		t.Errorf("%+v (%v)", i, err)
	}
}

func keptSigned(t *testing.T, s *database) {
	if _, err := s.Reserve(t.Context(), wish("a"), 3); err != nil {
		t.Fatal(err)
	}
	pay, cancel := signedAs("1", chain.Pay), signedAs("2", chain.Cancel)
	pay.Cap, _ = new(big.Int).SetString("123456789012345678901234567890", 10)
	for _, step := range []chain.Signed{pay, pay, cancel, cancel} {
		if err := s.Keep(t.Context(), "a", step, start); err != nil {
			t.Fatal(err)
		}
	}
	s.wants(s.Keep(t.Context(), "a", signedAs("3", chain.Pay), start), chain.ErrAbandoned)
	if given, err := s.Abandon(t.Context(), wish("a")); err != nil || given {
		t.Errorf("what was signed was given up (%v)", err)
	}
	i, err := s.Intent(t.Context(), "a")
	if err != nil || i.State != chain.Canceling || i.Nonce != 3 || len(i.Signed) != 2 || i.Signed[0].Cap.Cmp(pay.Cap) != 0 || string(i.Signed[1].Raw) != "2" {
		t.Errorf("%+v (%v)", i, err)
	}
	if err := s.Finish(t.Context(), "a", cancel.Hash); err != nil {
		t.Fatal(err)
	}
	if i, err = s.Intent(t.Context(), "a"); err != nil || i.State != chain.Final || i.FinalTx != cancel.Hash {
		t.Errorf("%+v (%v)", i, err)
	}
	if open, err := s.InFlight(t.Context(), devnet, sender); err != nil || len(open) != 0 {
		t.Errorf("%d are open (%v)", len(open), err)
	}
	s.found("nonces", false)
}
