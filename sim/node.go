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
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

// node is the chain as one process reads it.
type node struct {
	*network

	of *gatewayProcess
}

var nodeFaults = []weighted{{NodeFails, 3}, {NodeBehind, 3}}

// ask takes a turn, and fails as nodes do.
func (n node) ask(what string) error {
	n.turn(n.of, what+" of "+n.name+" by "+n.of.name)
	if n.isDown(n.name) {
		n.count(ChannelDown)
		return errServer
	}
	switch n.faultOf(nodeFaults) {
	case NodeFails:
		return errServer
	case NodeBehind:
		return chain.ErrBehind
	}
	return nil
}

// Head returns the newest block, and the number of the newest final one.
func (n node) Head(context.Context) (chain.Block, int64, error) {
	if err := n.ask("head"); err != nil {
		return chain.Block{}, 0, err
	}
	return n.head().Block, n.final(), nil
}

// BlockAt returns the block of that number.
func (n node) BlockAt(_ context.Context, number int64) (chain.Block, error) {
	if number >= int64(len(n.blocks)) {
		return chain.Block{}, chain.ErrNoBlock
	}
	return n.blocks[number].Block, nil
}

// Read returns a block with what it moves to addresses of ours.
func (n node) Read(_ context.Context, number int64, ours func(chain.Address) bool) (chain.Block, []chain.Transfer, error) {
	if err := n.ask(fmt.Sprintf("block %d", number)); err != nil {
		return chain.Block{}, nil, err
	}
	if number >= int64(len(n.blocks)) {
		return chain.Block{}, nil, chain.ErrNoBlock
	}
	b := n.blocks[number]
	var found []chain.Transfer
	for i, t := range b.holds {
		address, err := chain.ParseAddress(t.to)
		if t.nonce < 0 && err == nil && ours(address) {
			found = append(found, b.transfer(i))
		}
	}
	return b.Block, found, nil
}

// transfer is the i-th of what a block holds.
func (b block) transfer(i int) chain.Transfer {
	t := b.holds[i]
	transfer := chain.Transfer{Kind: chain.Native, Block: b.Block, Tx: t.hash, From: "0xpayer", To: t.to, Amount: t.amount}
	if t.amount.Asset() == token {
		transfer.Kind, transfer.Index, transfer.Contract = chain.Token, int64(i), "0xtoken"
	}
	return transfer
}

// Confirm reads a transfer again.
func (n node) Confirm(_ context.Context, t chain.Transfer, _ bool) error {
	if err := n.ask("confirm " + t.Reference()); err != nil {
		return err
	}
	b := n.blocks[min(t.Block.Number, n.head().Number)]
	if b.Hash != t.Block.Hash {
		return chain.ErrBehind
	}
	return nil
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

	of *gatewayProcess
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
	return a.purse.send(ctx, a.of, at)
}

// Check asks what became of a payout. What payers sent the watcher tells.
func (a chainAdapter) Check(ctx context.Context, at payment.Attempt) (payment.Result, error) {
	if at.Instruction.PayTo != "" {
		return awaitingPayer, nil
	}
	return a.purse.check(ctx, a.of, at)
}

// Cancel gives up an address to which nothing came, or overtakes a payout.
func (a chainAdapter) Cancel(ctx context.Context, at payment.Attempt) (payment.Result, error) {
	if at.Instruction.PayTo == "" {
		return a.purse.cancel(ctx, a.of, at)
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
		Channel: a.name, Node: node(a), Store: scanStore{a.scans, a.world, a.of}, Derive: func(n int64) (chain.Address, error) { return addressOf(n), nil },
		Depths: depths, From: 0, Poll: 15 * time.Second, Now: now, Log: slog.New(slog.DiscardHandler),
		OnHead: func(ctx context.Context, _ chain.Block) error { return a.purse.onHead(ctx, journal) },
	}).Watch(ctx, journal)
}
