package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/store"
	"github.com/causeway-pay/causeway/store/storetest"
)

// made is the first step of payment n.
func made(t *testing.T, n int) payment.Transition {
	t.Helper()
	both, err := storetest.Sound(n)
	if err != nil {
		t.Fatal(err)
	}
	return both[0]
}

// captured commits payment n, with both its steps, and returns a step of it that changes nothing yet.
func captured(t *testing.T, db *store.DB, n int) payment.Transition {
	t.Helper()
	both, err := storetest.Sound(n)
	if err != nil {
		t.Fatal(err)
	}
	for _, tr := range both {
		if err := db.Commit(t.Context(), tr); err != nil {
			t.Fatal(err)
		}
	}
	next := payment.Transition{Before: both[1].After, After: both[1].After}
	next.After.Version++
	next.After.RetryAt = storetest.Start
	return next
}

// wants demands what became of the steps of a batch, and that those which are told as committed stand and no other does.
func wants(t *testing.T, db *store.DB, all []payment.Transition, got []error, want ...error) {
	t.Helper()
	for i, tr := range all {
		if !errors.Is(got[i], want[i]) {
			t.Errorf("step %d, of %s: %v, want %v", i, tr.After.ID, got[i], want[i])
		}
		p, err := db.Payment(t.Context(), tr.After.ID)
		stands := err == nil && p.Version == tr.After.Version
		if stands != (got[i] == nil) {
			t.Errorf("step %d, of %s: told %v, and stands: %t (version %d, %v)", i, tr.After.ID, got[i], stands, p.Version, err)
		}
	}
}

// overdrawn asks for more back than was ever paid in, by a step with a new price. The version of its payment is the newest.
func overdrawn(t *testing.T, db *store.DB, n int) payment.Transition {
	t.Helper()
	tr := captured(t, db, n)
	nothing := money.Must("0.00", "USD")
	tr.After.Operations = []payment.Operation{{
		ID: fmt.Sprintf("ref_%03d", n), Attempt: tr.After.Attempts[0].ID, Kind: payment.Refund, Amount: money.Must("100.00", "EUR"),
		CreatedAt: storetest.Start, CheckAt: storetest.Start, Booking: payment.Booking{FromPending: nothing, FromAvailable: nothing},
	}}
	tr.After.ExpiresAt = tr.After.ExpiresAt.Add(time.Hour)
	return tr
}

func TestNothingStaysOfAStepThatIsRefusedBesideOthers(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB) {
		refused := overdrawn(t, db, 1)
		all := []payment.Transition{made(t, 2), refused, made(t, 3)}
		wants(t, db, all, db.Together(t.Context(), all...), nil, payment.ErrConflict, nil)
		if p, err := db.Payment(t.Context(), refused.After.ID); err != nil || !p.ExpiresAt.Equal(refused.Before.ExpiresAt) {
			t.Errorf("it expires at %s, as before at %s; %v", p.ExpiresAt, refused.Before.ExpiresAt, err)
		}
	})
}

// A key that is taken before it is known that the step comes too late is free again.
func TestNothingStaysOfAKeyWhoseStepIsTooLate(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB) {
		late := captured(t, db, 1)
		if err := db.Commit(t.Context(), late); err != nil {
			t.Fatal(err)
		}
		key := payment.Key{Merchant: "m_1", Path: "/v1/refunds", Key: "key", Hash: "hash", Payment: late.After.ID, At: storetest.Start}
		late.Key = &key
		first := made(t, 2)
		if errs := db.Together(t.Context(), late, first); !errors.Is(errs[0], payment.ErrConflict) || errs[1] != nil {
			t.Errorf("told %v", errs)
		}
		next := made(t, 3)
		next.Key = &key
		if err := db.Commit(t.Context(), next); err != nil {
			t.Errorf("the key is not free: %v", err)
		}
	})
}

// drawing takes an amount from what is available to the merchant.
func drawing(t *testing.T, db *store.DB, n int, amount string) payment.Transition {
	t.Helper()
	tr := captured(t, db, n)
	tr.Floors = []ledger.Account{ledger.MerchantAvailable("m_1")}
	tr.Entries = []ledger.Entry{ledger.RefundRequest{
		ID: fmt.Sprintf("ref_%03d:requested", n), Merchant: "m_1", FromPending: money.Must("0.00", "USD"), FromAvailable: money.Must(amount, "USD"),
	}.Entry()}
	return tr
}

// Who is refused takes nothing from whoever comes behind, and whoever came before has taken theirs.
func TestFloorsHoldInTheOrderOfABatch(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB) {
		filled := captured(t, db, 1)
		filled.Entries = []ledger.Entry{ledger.Settlement{ID: "pay_001:settled:1", Merchant: "m_1", Amount: money.Must("100.00", "USD")}.Entry()}
		all := []payment.Transition{
			drawing(t, db, 2, "0.01"), filled, drawing(t, db, 3, "60.00"), drawing(t, db, 4, "50.00"), drawing(t, db, 5, "40.00"), drawing(t, db, 6, "0.01"),
		}
		got := db.Together(t.Context(), all...)
		// The first comes before there is anything. Alone, afterwards, it finds nothing either.
		wants(t, db, all, got, payment.ErrInsufficient, nil, nil, payment.ErrInsufficient, nil, payment.ErrInsufficient)
		left, err := db.Balance(t.Context(), ledger.MerchantAvailable("m_1"), money.MustAsset("USD"))
		if err != nil || !left.IsZero() {
			t.Errorf("%s are left, %v", left, err)
		}
	})
}

// One that takes too much for the other comes before it, and is then refused for something else.
func TestNobodyIsRefusedForWhatANeighbourDoesNotTake(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB) {
		begin(t, db)
		filled := captured(t, db, 1)
		filled.Entries = []ledger.Entry{ledger.Settlement{ID: "pay_001:settled:1", Merchant: "m_1", Amount: money.Must("100.00", "USD")}.Entry()}
		filled.Answer = &payment.Answer{Merchant: "m_1", Path: "/v1/payments", Key: "used", Status: 201, Body: []byte("{}"), At: storetest.Start}
		if err := db.Commit(t.Context(), filled); err != nil {
			t.Fatal(err)
		}
		late := drawing(t, db, 2, "60.00")
		late.Answer = filled.Answer // that key has its answer
		all := []payment.Transition{late, drawing(t, db, 3, "50.00"), made(t, 4)}
		wants(t, db, all, db.Together(t.Context(), all...), payment.ErrAnswered, nil, nil)
	})
}

// Refusals cost their neighbours one more transaction, however many there are, and another for each that depends on what its
// neighbours do.
func TestRefusalsCostTheirNeighboursLittle(t *testing.T) {
	db := open(t, emptyFile(t).dsn)
	filled := captured(t, db, 1)
	filled.Entries = []ledger.Entry{ledger.Settlement{ID: "pay_001:settled:1", Merchant: "m_1", Amount: money.Must("100.00", "USD")}.Entry()}
	if err := db.Commit(t.Context(), filled); err != nil {
		t.Fatal(err)
	}
	var all []payment.Transition
	var want []error
	add := func(tr payment.Transition, err error) { all, want = append(all, tr), append(want, err) }
	add(drawing(t, db, 2, "60.00"), nil)
	add(drawing(t, db, 3, "50.00"), payment.ErrInsufficient) // for the one before it
	for n := 4; n < 40; n += 2 {
		add(made(t, n), nil)
		add(drawing(t, db, n+1, "100.01"), payment.ErrInsufficient)
	}
	begun := db.Transactions()
	wants(t, db, all, db.Together(t.Context(), all...), want...)
	if n := begun(); n != 3 {
		t.Errorf("%d transactions for %d steps", n, len(all))
	}
}

// Each of these can only be told from the error of a whole statement.
func TestAStepThatNoDatabaseTakesHarmsNobody(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB) {
		clash := made(t, 1)
		clash.After.Quote.ID = "quo_003" // as the third of them
		again := made(t, 2)
		again.After.Attempts[0].ID = "att_003"
		ends := made(t, 4)
		ends.After.Quote.ExpiresAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) // is not written as JSON
		long := made(t, 5)
		long.Callback = &payment.Callback{Channel: "card.a", Event: incompressible(9000), At: storetest.Start} // longer than an index takes on PostgreSQL
		nul := made(t, 6)
		nul.After.Order.Reference = "a\x00b" // is not text on PostgreSQL
		all := []payment.Transition{made(t, 3), clash, again, ends, long, nul, made(t, 7)}
		got := db.Together(t.Context(), all...)
		for i, tr := range all {
			if errors.Is(got[i], payment.ErrUnavailable) {
				t.Errorf("%s: the database answers, and %v", tr.After.ID, got[i])
			}
			if _, err := db.Payment(t.Context(), tr.After.ID); (err == nil) != (got[i] == nil) {
				t.Errorf("%s: told %v, and found with %v", tr.After.ID, got[i], err)
			}
		}
		for _, i := range []int{0, 6} {
			if got[i] != nil {
				t.Errorf("%s: %v", all[i].After.ID, got[i])
			}
		}
		for _, i := range []int{1, 2, 3} {
			if got[i] == nil {
				t.Errorf("%s was taken", all[i].After.ID)
			}
		}
		if !errors.Is(got[1], payment.ErrQuoteUsed) {
			t.Errorf("a quote that another has: %v", got[1])
		}
	})
}

// incompressible is text that no database makes shorter.
func incompressible(n int) string {
	var b strings.Builder
	for state := uint32(1); b.Len() < n; {
		state = state*1664525 + 1013904223
		b.WriteByte('!' + byte(state>>24)%90)
	}
	return b.String()
}

func TestOddTextComesBackAsItWas(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB) {
		odd := []string{"", "NULL", `{"a",'b'}`, `\N`, "a,b\nc\td", "ü 漢字 🦉", "?", "$1", "{hold}"}
		var all []payment.Transition
		for i, text := range odd {
			tr := made(t, i+1)
			tr.After.Order.Reference = text
			tr.After.Attempts[0].ProviderID = text
			tr.Key = &payment.Key{Merchant: "m_1", Path: "/v1/payments", Key: "k" + text, Hash: text, Object: string(tr.After.ID), Payment: tr.After.ID, At: storetest.Start}
			all = append(all, tr)
		}
		wants(t, db, all, db.Together(t.Context(), all...), make([]error, len(all))...)
		for i, text := range odd {
			p, err := db.Payment(t.Context(), all[i].After.ID)
			if err != nil || p.Order.Reference != text || p.Attempts[0].ProviderID != text {
				t.Errorf("%q came back as %q and %q, %v", text, p.Order.Reference, p.Attempts[0].ProviderID, err)
			}
			if k, err := db.Key(t.Context(), "m_1", "/v1/payments", "k"+text); err != nil || k.Hash != text {
				t.Errorf("key %q came back with %q, %v", "k"+text, k.Hash, err)
			}
		}
	})
}

// A whole batch of everything is within what a statement of either database takes.
func TestTheLargestBatchIsWritten(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB) {
		var first, second []payment.Transition
		for n := range store.BatchMax {
			both, err := storetest.Sound(n + 1)
			if err != nil {
				t.Fatal(err)
			}
			key := payment.Key{Merchant: "m_1", Path: "/v1/payments", Key: fmt.Sprint(n), Payment: both[0].After.ID, At: storetest.Start}
			both[0].Key = &key
			both[1].Callback = &payment.Callback{Channel: "card.a", Event: fmt.Sprint(n), At: storetest.Start}
			both[1].Answer = &payment.Answer{Merchant: key.Merchant, Path: key.Path, Key: key.Key, Status: 201, Body: []byte("{}"), At: storetest.Start}
			first, second = append(first, both[0]), append(second, both[1])
		}
		for _, all := range [][]payment.Transition{first, second} {
			wants(t, db, all, db.Together(t.Context(), all...), make([]error, len(all))...)
		}
	})
}

// While another gateway claims a payment as due, and has not committed that, two steps of it wait: one that takes a channel's
// message, and one that takes nothing. Both lock the payment before the message, or whoever had heard the same would wait for them
// as they for it. And both go on then, since the payment is at the same version.
func TestWhoWaitsForAPaymentHasTakenNothingOnPostgreSQL(t *testing.T) {
	d := emptySchema(t)
	db := open(t, d.dsn)
	heard, plain := captured(t, db, 1), captured(t, db, 2)
	heard.Callback = &payment.Callback{Channel: "card.a", Event: "evt_1", At: storetest.Start}
	for _, tr := range []payment.Transition{heard, plain} {
		other, err := d.behind(t).BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		do := func(statement string, args ...any) {
			t.Helper()
			if _, err := other.Exec(statement, args...); err != nil {
				t.Fatal(err)
			}
		}
		do(`UPDATE payments SET due_at = due_at + 1 WHERE id = $1`, tr.After.ID)
		done := make(chan error, 1)
		go func() { done <- db.Commit(t.Context(), tr) }()
		for waits := false; !waits; {
			if err := other.QueryRow(`SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE application_name = current_setting('application_name') AND wait_event_type = 'Lock')`).Scan(&waits); err != nil {
				t.Fatal(err)
			}
		}
		do(`INSERT INTO callbacks (channel, event, at) VALUES ('card.a', 'evt_1', 0) ON CONFLICT DO NOTHING`)
		do(`DELETE FROM callbacks WHERE at = 0`)
		if err := other.Commit(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// The database commits, and its answer does not arrive.
func TestAnAnswerThatIsLostIsLookedUpForAll(t *testing.T) {
	db := open(t, emptyFile(t).dsn)
	begin(t, db)
	first, refused, third := made(t, 1), made(t, 2), made(t, 3)
	refused.Key = usedKey(refused.After.ID)
	all := []payment.Transition{first, refused, third}
	db.LoseAnswers()
	wants(t, db, all, db.Together(t.Context(), all...), nil, payment.ErrKeyUsed, nil)
	if err := db.Commit(t.Context(), captureOf(t, 1)); err != nil {
		t.Errorf("alone: %v", err)
	}
}

// Where that cannot be looked up either, nobody is told that it was written, and nobody that it was not.
func TestAnAnswerThatIsLostForGoodIsNone(t *testing.T) {
	dsn := emptyFile(t).dsn
	db := open(t, dsn)
	db.LoseAnswers()
	db.LoseReads()
	all := []payment.Transition{made(t, 1), made(t, 2)}
	for i, err := range db.Together(t.Context(), all...) {
		if !errors.Is(err, payment.ErrUnavailable) {
			t.Errorf("%s: %v", all[i].After.ID, err)
		}
	}
	again := open(t, dsn)
	for _, tr := range all {
		if err := again.Commit(t.Context(), tr); err == nil || errors.Is(err, payment.ErrUnavailable) {
			t.Errorf("%s was written twice: %v", tr.After.ID, err)
		}
	}
}

func captureOf(t *testing.T, n int) payment.Transition {
	t.Helper()
	both, err := storetest.Sound(n)
	if err != nil {
		t.Fatal(err)
	}
	return both[1]
}

// Two gateways have the same to write, each as batches of its own, in another order. One of them writes each, and neither waits
// for ever or takes the other for a database that is away.
func TestTwoGatewaysWriteTheSameOnce(t *testing.T) {
	for name, empty := range databases {
		t.Run(name, func(t *testing.T) {
			dsn := empty(t).dsn
			gateways := []*store.DB{open(t, dsn), open(t, dsn)}
			const each = 24
			var next [each]payment.Transition
			for n := range each {
				if err := gateways[0].Commit(t.Context(), made(t, n+1)); err != nil {
					t.Fatal(err)
				}
				next[n] = captureOf(t, n+1)
				if n%3 > 0 {
					next[n].Callback = &payment.Callback{Channel: "card.a", Event: fmt.Sprint("evt_", n), At: storetest.Start}
				}
				if n%3 > 1 {
					next[n].Key = usedKey(next[n].After.ID)
					next[n].Key.Key = fmt.Sprint("k", n)
				}
			}
			var won [each]atomic.Int64
			var writing sync.WaitGroup
			for g, db := range gateways {
				for i := range each {
					n := i
					if g > 0 {
						n = each - 1 - i
					}
					writing.Go(func() {
						switch err := db.Commit(t.Context(), next[n]); {
						case err == nil:
							won[n].Add(1)
						case !errors.Is(err, payment.ErrConflict) && !errors.Is(err, payment.ErrDuplicateCallback) && !errors.Is(err, payment.ErrKeyUsed):
							t.Errorf("gateway %d: %v", g, err)
						}
					})
				}
			}
			writing.Wait()
			for n := range won {
				if times := won[n].Load(); times != 1 {
					t.Errorf("%s was written %d times", next[n].After.ID, times)
				}
			}
		})
	}
}
