package sim

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

// network is a chain: blocks that follow each other, of which the newest may be replaced, and what waits for a block.
type network struct {
	peer

	blocks  []block // in the chain, from the first
	waiting []*transaction
	hashes  int
	scans   *scans // what the gateways have scanned of it
	purse   *purse
}

// block is a block with what it holds.
type block struct {
	chain.Block

	holds []*transaction
}

// transaction moves money to an address, from a payer or from our wallet.
type transaction struct {
	hash   string
	to     string
	amount money.Amount
	nonce  int64 // of our wallet; negative: a payer's
	intent *intent
	cancel bool  // moves nothing, and uses the nonce up
	block  int64 // that holds it; negative: none
}

// at is the block that holds a transaction; negative when none does.
func (t *transaction) at() int64 {
	if t == nil {
		return -1
	}
	return t.block
}

// The assets of the chain, and how deep they must be.
const networkName = "eip155:31337"

var (
	coin  = money.Asset{Code: "ETH", Network: networkName, Exponent: 18, Kind: money.Native}
	token = money.Asset{Code: "USDC", Network: networkName, Exponent: 6, Kind: money.Token}
)

const (
	finalAfter = 12 // blocks on a final one
)

var depths = chain.Depths{
	token: {Medium: amountOf("150", token), Large: amountOf("350", token)},
	coin:  {Medium: amountOf("0.05", coin), Large: amountOf("0.10", coin)},
}

// amountOf reads an amount of an asset of the chain.
func amountOf(value string, asset money.Asset) money.Amount {
	if err := money.Register(asset); err != nil {
		panic(err)
	}
	return money.Must(value, asset.String())
}

func newNetwork(w *world, name string) *network {
	n := &network{peer: peer{w, name, payment.Capabilities{Replay: 365 * 24 * time.Hour, Inquiry: true, Fence: true, Push: true, Payout: true}}}
	n.scans, n.purse = newScans(), newPurse(n)
	n.append(nil)
	return n
}

// head is the newest block.
func (n *network) head() block { return n.blocks[len(n.blocks)-1] }

// final is the number of the newest block that stays.
func (n *network) final() int64 { return max(0, n.head().Number-finalAfter) }

func (n *network) append(holds []*transaction) {
	n.hashes++
	b := block{chain.Block{Number: int64(len(n.blocks)), Hash: fmt.Sprintf("0x%064x", n.hashes), Time: now()}, holds}
	if b.Number > 0 {
		b.Parent = n.head().Hash
	}
	for _, t := range holds {
		t.block = b.Number
	}
	n.blocks = append(n.blocks, b)
}

// mine makes the next block of most of what waits. What leaves our wallet goes in order of its nonces.
func (n *network) mine() {
	var holds, left []*transaction
	slices.SortStableFunc(n.waiting, func(a, b *transaction) int { return int(a.nonce - b.nonce) })
	for _, t := range n.waiting {
		switch {
		case t.nonce < 0 && n.chance(85), t.nonce >= 0 && t.nonce == n.purse.mined && n.chance(85):
			if t.nonce >= 0 {
				n.purse.mined++
			}
			holds = append(holds, t)
		case t.nonce >= 0 && t.nonce < n.purse.mined: // another used its nonce
		default:
			left = append(left, t)
		}
	}
	n.waiting = left
	n.append(holds)
}

// reorganise replaces some of the newest blocks by one more than they were. Payers' transfers may be in no block
// afterwards; what leaves our wallet waits again.
func (n *network) reorganise() {
	depth := min(1+n.IntN(4), len(n.blocks)-1-int(n.final()))
	if depth <= 0 {
		return
	}
	cut := len(n.blocks) - depth
	dropped := n.blocks[cut:]
	n.blocks = slices.Clone(n.blocks[:cut])
	for _, b := range dropped {
		n.count(BlockDropped)
		for _, t := range b.holds {
			t.block = -1
			switch {
			case t.nonce >= 0:
				n.purse.mined = min(n.purse.mined, t.nonce)
				n.waiting = append(n.waiting, t)
			case n.chance(40):
				n.count(TransferGone)
			default:
				n.waiting = append(n.waiting, t)
			}
		}
	}
	for range depth + 1 {
		n.mine()
	}
}

// passes lets so many blocks pass.
func (n *network) passes(blocks int) {
	for range blocks {
		n.pass()
	}
}

// pass lets the chain go on by a block, and has something happen to it.
func (n *network) pass() {
	n.mine()
	switch c := n.IntN(100); {
	case c < 6:
		n.reorganise()
	case c < 10 && len(n.waiting) > 0:
		n.count(TransferLost)
		n.waiting = slices.DeleteFunc(n.waiting, func(t *transaction) bool { return t.nonce >= 0 })
	}
}

// transfer is a payer's transfer to an address.
func (n *network) transfer(to string, amount money.Amount) {
	n.waiting = append(n.waiting, &transaction{hash: n.newID("0xtx"), to: to, amount: amount, nonce: -1, block: -1})
}

// standing is what payers sent that stands in the chain, by address and asset.
func (n *network) standing() map[string]money.Amount {
	all := map[string]money.Amount{}
	for _, b := range n.blocks {
		for _, t := range b.holds {
			key := t.to + " " + t.amount.Asset().String()
			if sum, ok := all[key]; ok && t.nonce < 0 {
				all[key] = sum.Add(t.amount)
			} else if t.nonce < 0 {
				all[key] = t.amount
			}
		}
	}
	return all
}

// addressOf is the address of an attempt's number.
func addressOf(number int64) chain.Address {
	var a chain.Address
	binary.BigEndian.PutUint64(a[12:], uint64(number))
	return a
}

// chainAdapter is the rail of one process to the chain.
type chainAdapter struct {
	*network

	by *gatewayProcess
}

var _ interface {
	rails.Rail
	rails.Receiver
	rails.Watcher
	rails.Canceler
} = chainAdapter{}

// Capabilities returns what the chain promises.
func (a chainAdapter) Capabilities() payment.Capabilities { return a.caps }

// Instruct makes an address of the attempt's number.
func (a chainAdapter) Instruct(_ payment.Payment, at payment.Attempt) (payment.Instruction, error) {
	address := addressOf(at.Number)
	need, _ := depths.Need(at.Amount)
	return payment.Instruction{PayTo: "0x" + hex.EncodeToString(address[:]), Amount: at.Amount, Network: networkName, Confirm: need}, nil
}

// Send pays out. Of a payer it asks nobody.
func (a chainAdapter) Send(ctx context.Context, p payment.Payment, at payment.Attempt) (payment.Result, error) {
	if p.Direction == fx.Collect {
		return awaitingPayer, nil
	}
	return a.purse.send(ctx, a.by, at)
}

// Check asks what became of a payout. What payers sent the watcher tells.
func (a chainAdapter) Check(ctx context.Context, at payment.Attempt) (payment.Result, error) {
	if at.Instruction.PayTo != "" {
		return awaitingPayer, nil
	}
	return a.purse.check(ctx, a.by, at)
}

// Cancel gives up an address to which nothing came, or overtakes a payout.
func (a chainAdapter) Cancel(ctx context.Context, at payment.Attempt) (payment.Result, error) {
	if at.Instruction.PayTo == "" {
		return a.purse.cancel(ctx, a.by, at)
	}
	if err := node(a).ask("balance of " + at.Instruction.PayTo); err != nil {
		return payment.Result{}, err
	}
	if a.anything(at.Instruction.PayTo) {
		return payment.Result{Outcome: payment.Pending, Reason: payment.AwaitingConfirmations}, nil
	}
	return payment.Result{Outcome: payment.Fenced}, nil
}

// anything reports whether anything is at an address, waits for a block there, or was in a block that was replaced so late
// that it may come back.
func (n *network) anything(to string) bool {
	waits := func(t *transaction) bool { return t.to == to }
	if slices.ContainsFunc(n.waiting, waits) || len(n.scans.at(to, false)) > 0 {
		return true
	}
	for _, t := range n.scans.at(to, true) {
		if t.Block.Number > n.final() {
			return true
		}
	}
	return slices.ContainsFunc(n.blocks, func(b block) bool { return slices.ContainsFunc(b.holds, waits) })
}

// Watch scans the chain with the watcher that real gateways have.
func (a chainAdapter) Watch(ctx context.Context, journal rails.Journal) error {
	return chain.NewWatcher(chain.Config{
		Channel: a.name, Node: node(a), Store: scanStore{a.scans, a.world, a.by}, Derive: func(n int64) (chain.Address, error) { return addressOf(n), nil },
		Depths: depths, From: 0, Poll: 15 * time.Second, Now: now, Log: slog.New(slog.DiscardHandler),
		OnHead: func(ctx context.Context, _ chain.Block) error { return a.purse.onHead(ctx, journal) },
	}).Watch(ctx, journal)
}
