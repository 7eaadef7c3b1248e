package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// house is a bank in memory: payers send money to references, and payouts are carried out when it says so.
type house struct {
	mu      sync.Mutex
	seen    map[string]bool // references that something was sent to
	paid    map[string]int  // payouts by attempt
	answer  payment.Result  // to the next payouts and inquiries
	journal chan rails.Journal
}

func newHouse() *house {
	return &house{seen: map[string]bool{}, paid: map[string]int{}, journal: make(chan rails.Journal, 1)}
}

func (h *house) Capabilities() payment.Capabilities {
	return payment.Capabilities{Push: true, Payout: true, Replay: 24 * time.Hour, Inquiry: true}
}

func (h *house) Instruct(p payment.Payment, a payment.Attempt) (payment.Instruction, error) {
	reference := fmt.Sprintf("RF%d", a.Number)
	return payment.Instruction{PayTo: reference, Amount: a.Amount, Account: "DE89370400440532013000", Reference: reference}, nil
}

func (h *house) Send(_ context.Context, p payment.Payment, a payment.Attempt) (payment.Result, error) {
	if p.Direction == "collect" {
		return payment.Result{Outcome: payment.ActionRequired, Reason: payment.AwaitingPayer}, nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.paid[a.ID]++
	return h.answer, nil
}

func (h *house) Check(context.Context, payment.Attempt) (payment.Result, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.answer, nil
}

func (h *house) Cancel(_ context.Context, a payment.Attempt) (payment.Result, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.seen[a.Instruction.PayTo] {
		return payment.Result{Outcome: payment.Pending}, nil
	}
	return payment.Result{Outcome: payment.Fenced}, nil
}

func (h *house) Watch(ctx context.Context, j rails.Journal) error {
	h.journal <- j
	<-ctx.Done()
	return nil
}

func (h *house) says(r payment.Result) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answer = r
}

// pushLab is a lab whose only channel is a house.
func pushLab(t *testing.T) (*lab, *house, rails.Journal) {
	t.Helper()
	h := newHouse()
	l := newLabWith(t, bankOf(h, "bank.house"))
	return l, h, journalOf(t, l.Gateway, h)
}

// bankOf is the channel of a house.
func bankOf(h *house, name string) gateway.Channel {
	return gateway.Channel{
		Name: name, Method: payment.MethodBankTransfer, Mode: payment.Test, Rail: h, Currencies: []string{"EUR"}, Timeout: 5 * time.Second,
	}
}

// journalOf is the journal that a gateway gives the house, once it watches in place of the one before.
func journalOf(t *testing.T, g *gateway.Gateway, h *house) rails.Journal {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	watching := make(chan struct{})
	go func() { g.Watch(ctx); close(watching) }()
	t.Cleanup(func() { stop(); <-watching })
	return <-h.journal
}

func (l *lab) transfer(key string) gateway.CreateRequest {
	r := l.request(key)
	r.Methods = []payment.Method{{Type: payment.MethodBankTransfer}}
	return r
}

// arrives tells the gateway of a transfer.
func (l *lab) arrives(h *house, j rails.Journal, reference, to, value string, state payment.ReceiptState) {
	l.t.Helper()
	h.mu.Lock()
	h.seen[to] = true
	h.mu.Unlock()
	r := payment.Receipt{Reference: reference, Amount: money.Must(value, "EUR"), State: state, At: l.now()}
	if err := j.Arrived(l.t.Context(), to, r); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) balance(a ledger.Account) string {
	l.t.Helper()
	b, err := l.db.Balance(l.t.Context(), a, money.MustAsset("EUR"))
	if err != nil {
		l.t.Fatal(err)
	}
	return b.Value()
}

func TestMoneyThatPayersSend(t *testing.T) {
	create := func(l *lab) payment.Payment {
		reply, err := l.Create(t.Context(), l.transfer("k"))
		if err != nil {
			t.Fatal(err)
		}
		if p := reply.Payment; p.Status() != payment.RequiresAction || p.Attempts[0].Instruction.PayTo != "RF1" {
			t.Fatalf("%s, pay to %q", p.Status(), p.Attempts[0].Instruction.PayTo)
		}
		return reply.Payment
	}
	t.Run("in one transfer, told three times", func(t *testing.T) {
		l, h, j := pushLab(t)
		p := create(l)
		l.arrives(h, j, "s1", "RF1", "99.99", payment.ReceiptSeen)
		if got := l.load(p.ID).Status(); got != payment.Processing {
			t.Errorf("seen: %s", got)
		}
		for range 3 {
			l.arrives(h, j, "s1", "RF1", "99.99", payment.ReceiptCredited)
		}
		p = l.load(p.ID)
		if p.Status() != payment.Succeeded || len(p.Receipts) != 1 || l.balance(ledger.Nostro("bank.house", "EUR")) != "99.99" {
			t.Errorf("%s, %d receipts, nostro %s", p.Status(), len(p.Receipts), l.balance(ledger.Nostro("bank.house", "EUR")))
		}
	})
	t.Run("in two, and one of them by fifty tellers", func(t *testing.T) {
		l, h, j := pushLab(t)
		p := create(l)
		l.arrives(h, j, "s1", "RF1", "40.00", payment.ReceiptCredited)
		if p = l.load(p.ID); !slices.Equal(p.Exceptions(l.now()), []string{payment.WasUnderpaid}) || p.AmountDue().Value() != "59.99" {
			t.Errorf("%v, due %s", p.Exceptions(l.now()), p.AmountDue())
		}
		var tellers sync.WaitGroup
		for range 50 {
			tellers.Go(func() { l.arrives(h, j, "s2", "RF1", "59.99", payment.ReceiptCredited) })
		}
		tellers.Wait()
		p = l.load(p.ID)
		if p.Status() != payment.Succeeded || len(p.Receipts) != 2 || l.balance(ledger.Nostro("bank.house", "EUR")) != "99.99" {
			t.Errorf("%s, %d receipts, nostro %s", p.Status(), len(p.Receipts), l.balance(ledger.Nostro("bank.house", "EUR")))
		}
	})
	t.Run("for nobody we know", func(t *testing.T) {
		l, h, j := pushLab(t)
		for range 2 {
			l.arrives(h, j, "s1", "RF404", "12.00", payment.ReceiptCredited)
		}
		if got := l.balance(ledger.Suspense("bank.house")); got != "12.00" {
			t.Errorf("suspense %s", got)
		}
		for range 2 {
			l.arrives(h, j, "s1", "RF404", "12.00", payment.ReceiptOrphaned)
		}
		if got := l.balance(ledger.Suspense("bank.house")); got != "0.00" {
			t.Errorf("suspense %s after it was reversed", got)
		}
	})
	t.Run("after it expired", func(t *testing.T) {
		l, h, j := pushLab(t)
		p := create(l)
		l.jump(p.ExpiresAt.Sub(l.now()))
		l.wake()
		if got := l.load(p.ID).Status(); got != payment.StatusExpired {
			t.Fatalf("expired: %s", got)
		}
		l.arrives(h, j, "s1", "RF1", "99.99", payment.ReceiptCredited)
		p = l.load(p.ID)
		if p.Status() != payment.Succeeded || !slices.Contains(p.Exceptions(l.now()), payment.WasPaidLate) {
			t.Errorf("%s %v", p.Status(), p.Exceptions(l.now()))
		}
	})
	t.Run("seen when it would expire", func(t *testing.T) {
		l, h, j := pushLab(t)
		p := create(l)
		h.mu.Lock()
		h.seen["RF1"] = true // the bank has it, and did not tell yet
		h.mu.Unlock()
		l.jump(p.ExpiresAt.Sub(l.now()))
		l.wake()
		l.pass(2 * time.Minute)
		if got := l.load(p.ID); got.Status() != payment.Processing {
			t.Fatalf("%s", got.Status())
		}
		l.arrives(h, j, "s1", "RF1", "99.99", payment.ReceiptCredited)
		if got := l.load(p.ID).Status(); got != payment.Succeeded {
			t.Errorf("%s", got)
		}
	})
}

// payout is a request for so many euros.
func (l *lab) payout(key, value string) gateway.PayoutRequest {
	return gateway.PayoutRequest{
		Merchant: "m_1", Mode: payment.Test, Fix: "target", Beneficiary: "ben_1",
		Order: payment.Order{Amount: money.Must(value, "EUR"), Settlement: money.MustAsset("EUR"), Bearer: payment.BearerScheme, Maker: "key_1"},
		Key:   payment.Key{Merchant: "m_1", Path: "/v1/payouts", Key: key, Hash: "h", At: l.now()},
		Answer: func(p payment.Payment, _ string) payment.Answer {
			return payment.Answer{Merchant: "m_1", Path: "/v1/payouts", Key: key, Status: 201, Body: []byte(p.Status()), At: l.now()}
		},
	}
}

// funded gives the merchant a balance, the house some money of ours, and somebody to pay.
func (l *lab) funded(available, float string) {
	l.t.Helper()
	eur := func(v string) money.Amount { return money.Must(v, "EUR") }
	for _, e := range []ledger.Entry{
		ledger.Funding{ID: "nostro:funded", Account: ledger.Nostro("bank.house", "EUR"), Amount: eur(float)}.Entry(),
		ledger.Funding{ID: "reserve:funded", Account: ledger.Nostro("bank.other", "EUR"), Amount: eur(available)}.Entry(),
		{ID: "m_1:opening", Postings: []ledger.Posting{
			{Account: ledger.Capital, Amount: eur(available)}, {Account: ledger.MerchantAvailable("m_1"), Amount: eur(available).Neg()},
		}},
	} {
		if err := l.db.Post(l.t.Context(), e, l.now()); err != nil {
			l.t.Fatal(err)
		}
	}
	if err := l.db.SaveBeneficiary(l.t.Context(), payment.Beneficiary{ID: "ben_1", Merchant: "m_1", Mode: payment.Test, Name: "Ada", Country: "DE", At: l.now()}); err != nil {
		l.t.Fatal(err)
	}
}

func TestPayouts(t *testing.T) {
	accepted := payment.Result{Outcome: payment.Pending, Progress: &payment.Progress{Accepted: true}}
	t.Run("from accepted to paid", func(t *testing.T) {
		l, h, j := pushLab(t)
		l.funded("500.00", "1000.00")
		h.says(accepted)
		reply, err := l.CreatePayout(t.Context(), l.payout("k", "100.00"))
		if err != nil || reply.Payment.Status() != payment.InTransit {
			t.Fatalf("%s, %v", reply.Payment.Status(), err)
		}
		h.says(payment.Result{
			Outcome: payment.Captured, Amount: money.Must("100.00", "EUR"), Progress: &payment.Progress{Accepted: true, Booked: true},
		})
		for range 2 {
			if err := j.Moved(t.Context(), reply.Payment.Attempts[0].ID); err != nil {
				t.Fatal(err)
			}
		}
		p := l.load(reply.Payment.ID)
		// 100.00 and the fee of 10 basis points
		if p.Status() != payment.Paid || l.balance(ledger.MerchantAvailable("m_1")) != "399.90" || l.balance(ledger.Nostro("bank.house", "EUR")) != "900.00" {
			t.Errorf("%s, available %s, nostro %s", p.Status(), l.balance(ledger.MerchantAvailable("m_1")), l.balance(ledger.Nostro("bank.house", "EUR")))
		}
	})
	t.Run("more than there is, in parallel", func(t *testing.T) {
		l, h, _ := pushLab(t)
		l.funded("500.00", "100000.00")
		h.says(accepted)
		var requests sync.WaitGroup
		var mu sync.Mutex
		made := 0
		for n := range 20 {
			requests.Go(func() {
				_, err := l.CreatePayout(t.Context(), l.payout(fmt.Sprint(n), "100.00"))
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					made++
				case !errors.Is(err, payment.ErrInsufficient):
					t.Errorf("refused with %v", err)
				}
			})
		}
		requests.Wait()
		if made != 4 || len(h.paid) != 4 { // five would need 500.50
			t.Errorf("%d made, %d sent", made, len(h.paid))
		}
	})
	t.Run("a channel without funds", func(t *testing.T) {
		l, h, _ := pushLab(t)
		l.funded("500.00", "50.00")
		reply, err := l.CreatePayout(t.Context(), l.payout("k", "100.00"))
		if err != nil || len(reply.Payment.Attempts) != 0 || len(h.paid) != 0 {
			t.Fatalf("%d attempts, %v", len(reply.Payment.Attempts), err)
		}
		why := reply.Payment.Decisions[0].Candidates[0].WhyNot
		if !slices.Equal(why, []string{"has too little EUR"}) {
			t.Errorf("why not: %v", why)
		}
		h.says(accepted)
		if err := l.db.Post(t.Context(), ledger.Funding{ID: "nostro:more", Account: ledger.Nostro("bank.house", "EUR"), Amount: money.Must("60.00", "EUR")}.Entry(), l.now()); err != nil {
			t.Fatal(err)
		}
		l.pass(20 * time.Second)
		if got := l.load(reply.Payment.ID).Status(); got != payment.InTransit {
			t.Errorf("once there are funds: %s", got)
		}
	})
	t.Run("a channel that is down", func(t *testing.T) {
		l, h, _ := pushLab(t)
		l.funded("500.00", "1000.00")
		h.says(payment.Result{Outcome: payment.NotSent, Reason: payment.NotReached})
		reply, err := l.CreatePayout(t.Context(), l.payout("k", "100.00"))
		if err != nil || reply.Payment.Status() != payment.Processing {
			t.Fatalf("%s, %v", reply.Payment.Status(), err)
		}
		last := reply.Payment.Decisions[len(reply.Payment.Decisions)-1]
		if why := last.Candidates[0].WhyNot; last.Chosen != "" || !slices.Contains(why, "was not reached a moment ago") {
			t.Errorf("why not: %v", why)
		}
		l.pass(5 * time.Second)
		h.says(accepted)
		l.pass(20 * time.Second)
		p := l.load(reply.Payment.ID)
		taken := 0
		for _, a := range p.Attempts {
			if a.Live() {
				taken++
			}
		}
		if p.Status() != payment.InTransit || taken != 1 || len(p.Attempts) < 3 || l.balance(ledger.MerchantAvailable("m_1")) != "399.90" {
			t.Errorf("once it is up: %s after %d attempts, %d of them live", p.Status(), len(p.Attempts), taken)
		}
	})
	t.Run("above the limit", func(t *testing.T) {
		l, h, _ := pushLab(t)
		l.funded("50000.00", "100000.00")
		h.says(accepted)
		reply, err := l.CreatePayout(t.Context(), l.payout("k", "20000.00"))
		if err != nil || reply.Payment.Status() != payment.AwaitingApproval || len(h.paid) != 0 {
			t.Fatalf("%s, %v", reply.Payment.Status(), err)
		}
		if _, err := l.ApprovePayout(t.Context(), reply.Payment.ID, "key_1"); !errors.Is(err, payment.ErrOwnApproval) {
			t.Errorf("by its maker: %v", err)
		}
		p, err := l.ApprovePayout(t.Context(), reply.Payment.ID, "key_op")
		if err != nil || p.Status() != payment.InTransit || p.ApprovedBy != "key_op" {
			t.Errorf("%s by %q, %v", p.Status(), p.ApprovedBy, err)
		}
	})
}
