package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/halt"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
	"github.com/causeway-pay/causeway/store"
)

const (
	onDev   = "chain.dev"
	devnet  = "eip155:1337"
	sender  = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
	payHere = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
)

var ether = money.Asset{Code: "ETH", Network: devnet, Exponent: 18, Kind: money.Native}

// RunChain runs what concerns chains.
func RunChain(t *testing.T, open func(t *testing.T) (*store.DB, Dying)) {
	if err := money.Register(ether); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s *database)
	}{
		{"blocks follow one another", lineOfBlocks},
		{"a block that came back begins anew", cameBack},
		{"what is open and what is gone follows from blocks and receipts", openAndGone},
		{"what is in the chain for good was told", toldForGood},
		{"addresses come in order of their numbers", placesInOrder},
		{"a halt stays until it is taken back", halts},
		{"a halt is lifted by two people", lifts},
		{"nonces have no gaps and no doubles", nonces},
		{"twenty that reserve at once get twenty nonces", noncesAtOnce},
		{"what was given up is never signed", givenUp},
		{"what was signed is kept as it was", keptSigned},
		{"what was told as paid is not canceled", toldAsPaid},
		{"sweeps leave places to payouts", sweepsTakeHalf},
		{"what waits in claims is listed until it is returned", listedClaims},
		{"the audit sees damage on a chain", chainDamage},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, newDatabase(t, open)) })
	}
}

func block(number int64, fork string, parent string) chain.Block {
	return chain.Block{Number: number, Hash: fmt.Sprintf("0x%s%d", fork, number), Parent: parent, Time: start.Add(time.Duration(number) * time.Second)}
}

func transferIn(b chain.Block, amount string) chain.Transfer {
	return chain.Transfer{Kind: chain.Native, Block: b, Tx: "0xtx", From: sender, To: payHere, Amount: money.Must(amount, ether.String())}
}

func (s *database) begun(b chain.Block, found ...chain.Transfer) {
	s.t.Helper()
	if err := s.BeginBlock(s.t.Context(), onDev, b, found, start); err != nil {
		s.t.Fatal(err)
	}
}

func (s *database) dropped(hash string) {
	s.t.Helper()
	if err := s.DropBlock(s.t.Context(), onDev, hash); err != nil {
		s.t.Fatal(err)
	}
}

// found demands that a check of the audit finds something, or nothing.
func (s *database) found(name string, want bool) {
	s.t.Helper()
	check := map[string]func() ([]string, error){
		"blocks":   func() ([]string, error) { return s.BlocksAstray(s.t.Context()) },
		"deposits": func() ([]string, error) { return s.DepositsAstray(s.t.Context()) },
		"nonces":   func() ([]string, error) { return s.NoncesAstray(s.t.Context()) },
	}[name]
	faults, err := check()
	if err != nil || (len(faults) > 0) != want {
		s.t.Errorf("%s: %v %v, want faults: %t", name, faults, err, want)
	}
}

func lineOfBlocks(t *testing.T, s *database) {
	if _, ok, err := s.Tip(t.Context(), onDev); ok || err != nil {
		t.Errorf("it has a tip: %v", err)
	}
	first, second := block(7, "a", "0xroot"), block(8, "a", "0xa7")
	s.begun(first)
	s.begun(first) // again
	for _, b := range []chain.Block{block(9, "a", "0xa7"), block(8, "a", "0xb7"), block(7, "b", "0xroot"), block(6, "a", "0xroot")} {
		s.wants(s.BeginBlock(t.Context(), onDev, b, nil, start), chain.ErrOutOfLine)
	}
	s.begun(second)
	s.wants(s.DropBlock(t.Context(), onDev, first.Hash), chain.ErrOutOfLine)
	if err := s.EndBlock(t.Context(), onDev, second.Hash); err != nil {
		t.Fatal(err)
	}
	tip, ok, err := s.Tip(t.Context(), onDev)
	if err != nil || !ok || tip.Block != second || !tip.Scanned {
		t.Errorf("tip %+v %t (%v)", tip, ok, err)
	}
	s.dropped(second.Hash)
	if tip, ok, err = s.Tip(t.Context(), onDev); err != nil || !ok || tip.Block != first || tip.Scanned {
		t.Errorf("tip %+v %t (%v)", tip, ok, err)
	}
	got := together(8, func(i int) error {
		err := s.BeginBlock(t.Context(), onDev, block(8, fmt.Sprintf("f%d-", i), first.Hash), nil, start)
		if errors.Is(err, chain.ErrOutOfLine) {
			return payment.ErrConflict
		}
		return err
	})
	if got[""] != 1 || got[payment.ErrConflict.Error()] != 7 {
		t.Errorf("%v began the same block", got)
	}
	s.found("blocks", false)
}

func cameBack(t *testing.T, s *database) {
	root, a, b := block(1, "r", ""), block(2, "a", "0xr1"), block(2, "b", "0xr1")
	in := transferIn(a, "1")
	s.begun(root)
	s.begun(a, in)
	if err := s.Credited(t.Context(), onDev, in.Reference()); err != nil {
		t.Fatal(err)
	}
	s.lists(nil, nil)
	s.dropped(a.Hash)
	s.lists(nil, []string{in.Reference()})
	s.begun(b)
	if err := s.Orphaned(t.Context(), onDev, in.Reference()); err != nil {
		t.Fatal(err)
	}
	s.lists(nil, nil)
	s.dropped(b.Hash)
	s.begun(a, in)
	s.lists([]string{in.Reference()}, nil)
	if at, err := s.At(t.Context(), onDev, payHere); err != nil || len(at) != 1 || at[0].Reference() != in.Reference() || at[0].Block != in.Block || !at[0].Amount.Equal(in.Amount) {
		t.Errorf("%+v (%v)", at, err)
	}
}

// lists demands what is open and what is gone.
func (s *database) lists(open, gone []string) {
	s.t.Helper()
	references := func(found []chain.Transfer, err error) []string {
		if err != nil {
			s.t.Fatal(err)
		}
		var all []string
		for _, f := range found {
			all = append(all, f.Reference())
		}
		return all
	}
	if got := references(s.Open(s.t.Context(), onDev, 10)); !slices.Equal(got, open) {
		s.t.Errorf("open: %v, want %v", got, open)
	}
	if got := references(s.Gone(s.t.Context(), onDev, 10)); !slices.Equal(got, gone) {
		s.t.Errorf("gone: %v, want %v", got, gone)
	}
}

// invoice stores a payment of 1 ETH whose payer was told where to pay.
func (s *database) invoice(n int64, payTo string) payment.Payment {
	s.t.Helper()
	one := money.Must("1", ether.String())
	zero, rate := ether.Zero(), money.Identity(ether)
	quote := fx.Quote{
		ID: fmt.Sprintf("quo_c%d", n), Merchant: "m_1", Direction: fx.Collect, Mode: fx.Firm, Fix: fx.SourceFixed, Source: one, Target: one,
		Rate: fx.Rate{Mid: rate, Client: rate}, AtMid: one, Margin: zero, Residual: zero, RuleSet: 1, Status: fx.Accepted,
		CreatedAt: start, ExpiresAt: start.Add(time.Hour),
	}
	p := payment.New(payment.ID(fmt.Sprintf("pay_c%d", n)), "m_1", payment.Test, payment.Order{Terms: payment.Terms{SettlementDays: 1}},
		payment.Method{Type: payment.MethodCrypto}, quote, start, start.Add(time.Hour))
	p = p.Begin(payment.Attempt{
		ID: fmt.Sprintf("att_c%d", n), Channel: onDev, Capabilities: payment.Capabilities{Push: true, Fence: true, Inquiry: true},
		Number: n, Instruction: payment.Instruction{PayTo: payTo, Amount: one, Network: devnet}, CreatedAt: start, Deadline: start.Add(time.Second),
		Cost: ether.Zero(),
	}, payment.Decision{Chosen: onDev, At: start})
	p.Attempts[0].Outcome, p.Attempts[0].Reason = payment.ActionRequired, payment.AwaitingPayer
	return s.commit(step(payment.Payment{}, p))
}

// told applies a transfer to a payment, as the gateway does.
func (s *database) told(p payment.Payment, t chain.Transfer, state payment.ReceiptState) payment.Payment {
	s.t.Helper()
	after, err := p.Receive(payment.Receipt{
		ID: fmt.Sprintf("rct_%s_%d", p.ID, len(p.Receipts)), Attempt: p.Attempts[0].ID, Reference: t.Reference(), Amount: t.Amount, State: state,
		Have: 1, Need: 1, Block: t.Block.Hash, Height: t.Block.Number, Tx: t.Tx, Sender: t.From, At: t.Block.Time,
	}, start)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.commit(step(p, after))
}

func openAndGone(t *testing.T, s *database) {
	p := s.invoice(1, payHere)
	root, a := block(1, "r", ""), block(2, "a", "0xr1")
	in := transferIn(a, "1")
	s.begun(root)
	s.begun(a, in)
	p = s.told(p, in, payment.ReceiptCredited)
	if err := s.Credited(t.Context(), onDev, in.Reference()); err != nil {
		t.Fatal(err)
	}
	for _, hash := range []string{root.Hash, a.Hash} {
		if err := s.EndBlock(t.Context(), onDev, hash); err != nil {
			t.Fatal(err)
		}
	}
	s.lists(nil, nil)
	s.found("deposits", false)

	p = s.told(p, in, payment.ReceiptOrphaned) // by a watcher that was paused and is wrong
	s.lists([]string{in.Reference()}, nil)
	s.found("deposits", true)
	p = s.told(p, in, payment.ReceiptCredited)
	s.lists(nil, nil)
	s.found("deposits", false)

	s.dropped(a.Hash)
	if err := s.Orphaned(t.Context(), onDev, in.Reference()); err != nil {
		t.Fatal(err)
	}
	s.lists(nil, []string{in.Reference()}) // it is credited all the same
	s.found("deposits", true)
	p = s.told(p, in, payment.ReceiptOrphaned)
	s.lists(nil, nil)
	s.found("deposits", false)
	s.sound()
	if p.Attempts[0].Outcome != payment.Pending {
		t.Errorf("it is %s", p.Attempts[0].Outcome)
	}
}

// toldForGood has a transfer that nobody was told of, and a watcher that says how far it told of everything.
func toldForGood(t *testing.T, s *database) {
	p := s.invoice(1, payHere)
	root, a := block(1, "r", ""), block(2, "a", "0xr1")
	in := transferIn(a, "1")
	s.begun(root)
	s.begun(a, in)
	toldTo := func(channel string, number int64, want bool) {
		t.Helper()
		if err := s.ToldTo(t.Context(), channel, number); err != nil {
			t.Fatal(err)
		}
		s.found("deposits", want)
	}
	s.found("deposits", false)
	toldTo(onDev, 2, false) // the block is not scanned to its end
	for _, hash := range []string{root.Hash, a.Hash} {
		if err := s.EndBlock(t.Context(), onDev, hash); err != nil {
			t.Fatal(err)
		}
	}
	s.found("deposits", true)
	toldTo(onDev, 1, false)
	toldTo("chain.other", 2, false)
	toldTo(onDev, 2, true)
	if err := s.Orphaned(t.Context(), onDev, in.Reference()); err != nil { // by a watcher that was paused and is wrong
		t.Fatal(err)
	}
	s.found("deposits", true)
	s.lists([]string{in.Reference()}, nil) // it is told again
	s.told(p, in, payment.ReceiptCredited)
	s.found("deposits", false) // the books are right, whatever the last word was
	if err := s.Credited(t.Context(), onDev, in.Reference()); err != nil {
		t.Fatal(err)
	}
	s.lists(nil, nil)
	s.found("deposits", false)
}

func placesInOrder(t *testing.T, s *database) {
	for n := int64(5); n > 0; n-- {
		s.invoice(n, fmt.Sprintf("0x%040d", n))
	}
	first, err := s.Places(t.Context(), onDev, 0, 3)
	if err != nil || len(first) != 3 || first[0] != (chain.Place{Number: 1, PayTo: fmt.Sprintf("0x%040d", 1)}) {
		t.Errorf("%+v (%v)", first, err)
	}
	rest, err := s.Places(t.Context(), onDev, first[2].Number, 10)
	if err != nil || len(rest) != 2 || rest[1].Number != 5 {
		t.Errorf("%+v (%v)", rest, err)
	}
	if other, err := s.Places(t.Context(), "chain.other", 0, 10); err != nil || len(other) != 0 {
		t.Errorf("%+v (%v)", other, err)
	}
}

func halts(t *testing.T, s *database) {
	for _, want := range []string{"", "one", "two", ""} {
		if err := s.Halt(t.Context(), onDev, want, start); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Halted(t.Context(), onDev); err != nil || got != want {
			t.Errorf("halted for %q (%v), want %q", got, err, want)
		}
	}
}

// lifts has halts lifted by two people, and by nobody alone.
func lifts(t *testing.T, s *database) {
	for at, reason := range []string{"one", "two", "two"} { // the same again is as old as it was
		if err := s.Halt(t.Context(), "wallet:lifted", reason, start.Add(time.Duration(at)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	lift := func(by string, at time.Time) (halt.Halt, error) {
		return halt.Lift(t.Context(), s, "wallet:lifted", by, "seen to", at)
	}
	if h, err := lift("ann", start); err != nil || h.ProposedBy != "ann" || h.Reason != "two" || !h.At.Equal(start.Add(time.Second)) {
		t.Errorf("proposed: %+v (%v)", h, err)
	}
	for at, reason := range []string{"three", "two", "three"} {
		if err := s.Halt(t.Context(), "wallet:lifted", reason, start.Add(time.Duration(at)*time.Minute)); err != nil {
			t.Fatal(err)
		}
		if all, err := s.Halts(t.Context()); err != nil || len(all) != 1 || all[0].ProposedBy != "" {
			t.Errorf("what began after it was proposed to lift another: %+v (%v)", all, err)
		}
	}
	for _, step := range []struct {
		by   string
		at   time.Time
		done bool
	}{
		{"bob", start, false}, // ann meant another reason
		{"Bob", start, false},
		{"ann", start.Add(payment.ProposedFor), false},
		{"bob", start.Add(payment.ProposedFor), true},
	} {
		if h, err := lift(step.by, step.at); err != nil || (h.ConfirmedBy != "") != step.done {
			t.Errorf("%s at %s: %+v (%v)", step.by, step.at, h, err)
		}
	}
	if _, err := lift("ann", start); !errors.Is(err, halt.ErrNotHalted) {
		t.Errorf("once it is lifted: %v", err)
	}
	if reason, err := s.Halted(t.Context(), "wallet:lifted"); err != nil || reason != "" {
		t.Errorf("halted for %q (%v)", reason, err)
	}
	alone := halt.Halt{Name: "wallet:lifted", Reason: "three", ProposedBy: "ann", ProposedAt: start, ConfirmedBy: "ann", ConfirmedAt: start}
	if err := s.ConfirmLift(t.Context(), alone); !errors.Is(err, payment.ErrConflict) {
		t.Errorf("by one alone: %v", err)
	}
}

// chainDamage has rows that the rails would never write.
func chainDamage(t *testing.T, s *database) {
	s.found("nonces", false)
	if _, err := s.Reserve(t.Context(), wish("a"), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Reserve(t.Context(), wish("b"), 0); err != nil {
		t.Fatal(err)
	}
	if err := s.Keep(t.Context(), "b", signedAs("b", chain.Pay), start); err != nil {
		t.Fatal(err)
	}
	if err := s.Finish(t.Context(), "b", "0xb"); err != nil {
		t.Fatal(err)
	}
	s.found("nonces", true) // nonce 1 is final, and nonce 0 is not
	if err := s.Keep(t.Context(), "a", signedAs("a", chain.Pay), start); err != nil {
		t.Fatal(err)
	}
	if err := s.Finish(t.Context(), "a", "0xa"); err != nil {
		t.Fatal(err)
	}
	s.found("nonces", false)
	again := wish("c")
	again.Payout = "po_a"
	if _, err := s.Reserve(t.Context(), again, 0); err != nil {
		t.Fatal(err)
	}
	if err := s.Keep(t.Context(), "c", signedAs("c", chain.Pay), start); err != nil {
		t.Fatal(err)
	}
	if err := s.Finish(t.Context(), "c", "0xc"); err != nil {
		t.Fatal(err)
	}
	s.found("nonces", true) // one payout was paid twice

	p := s.invoice(1, payHere)
	in := transferIn(block(2, "nowhere", "0xr1"), "1")
	s.told(p, in, payment.ReceiptCredited)
	s.begun(block(1, "r", ""))
	s.found("deposits", true) // credited, and in no block
}
