// Package onchain moves money over an EVM chain: payers send the chain's coin or allowed tokens to an address of their
// own, and payouts leave from a wallet whose key another process has.
//
// What is seen on the chain, and when it counts, is decided in package chain, which knows no node software. Here nodes are
// asked, addresses made and transactions built. Coins that a contract sends to an address inside of a call are not seen in
// this version: they stay at the address, and the cancel of its payment finds them there.
package onchain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

// replayFor is how long a repeated payout is the same payout: for as long as its row is kept, and that is for ever.
const replayFor = 365 * 24 * time.Hour

// Rail is a channel on one chain. It is safe for concurrent use.
type Rail struct {
	config Config
	node   *node
	book   *book // nil when nothing is taken in
	depths chain.Depths
	purse  *purse      // nil when nothing is paid out
	scaled atomic.Bool // every token was seen to have the decimals that are configured, which a contract keeps
}

var _ interface {
	rails.Rail
	rails.Receiver
	rails.Canceler
	rails.Watcher
	rails.Prober
	rails.Estimator
	rails.Checker
	rails.Sweeper
	rails.ClaimReturner
	rails.Inquirer
	rails.Statementer
} = (*Rail)(nil)

// New returns the channel that config describes, and asks nobody. An error names every field that is wrong.
func New(config Config) (*Rail, error) {
	config = config.Defaults()
	if err := config.Validate(); err != nil {
		return nil, err
	}
	r := &Rail{config: config}
	var err error
	if r.depths, err = config.depths(); err != nil {
		return nil, err
	}
	if config.XPub != "" {
		if r.book, err = newBook(config.XPub); err != nil {
			return nil, fmt.Errorf("chain channel %q: %w", config.Name, err)
		}
	}
	if r.node, err = newNode(config); err != nil {
		return nil, fmt.Errorf("chain channel %q: %w", config.Name, err)
	}
	if config.Signer != "" {
		r.purse = newPurse(r)
	}
	if r.purse != nil {
		r.purse.sweepMin, err = config.sweepMin()
	}
	return r, err
}

func newNode(c Config) (*node, error) {
	p, err := newPool(c.RPC, c.Timeout)
	if err != nil {
		return nil, err
	}
	id, err := chainID(c.Network)
	if err != nil {
		return nil, err
	}
	assets, err := Assets(c)
	if err != nil {
		return nil, err
	}
	n := &node{pool: p, id: id, assets: map[common.Address]money.Asset{{}: assets[0]}, ageMax: c.HeadAge, lagMax: c.Lag, now: c.Now}
	for i, t := range c.Tokens {
		contract := common.HexToAddress(t.Contract)
		n.assets[contract] = assets[i+1]
		n.tokens = append(n.tokens, contract)
	}
	return n, nil
}

// Run keeps an eye on the nodes until ctx ends: without it one that failed comes back only when no other is left.
func (r *Rail) Run(ctx context.Context) { r.node.board.Run(ctx) }

// Nodes returns how each node is, in the order of the configuration and under names that tell nothing of their addresses.
func (r *Rail) Nodes() []breaker.State { return r.node.board.States() }

// String returns the name of the channel, so that printing a Rail does not print the addresses of nodes.
func (r *Rail) String() string { return r.config.Name }

// Capabilities returns what the chain promises.
func (r *Rail) Capabilities() payment.Capabilities {
	return payment.Capabilities{
		Replay: replayFor, Inquiry: true, Fence: true, Push: r.book != nil, Payout: r.purse != nil,
	}
}

// Send tells the payer to pay, without asking anybody, or carries out a payout.
func (r *Rail) Send(ctx context.Context, p payment.Payment, a payment.Attempt) (payment.Result, error) {
	if p.Direction == fx.Collect {
		return awaiting, nil
	}
	return r.purse.send(ctx, p, a)
}

// awaiting is what is known of an address that nothing came to.
var awaiting = payment.Result{Outcome: payment.ActionRequired, Reason: payment.AwaitingPayer}

// Check asks what became of a payout. Of what payers send the watcher tells.
func (r *Rail) Check(ctx context.Context, a payment.Attempt) (payment.Result, error) {
	if a.Instruction.PayTo != "" {
		return awaiting, nil
	}
	return r.purse.check(ctx, a.ID, a)
}

// Cancel gives up an address to which nothing came, or a payout that was not mined.
func (r *Rail) Cancel(ctx context.Context, a payment.Attempt) (payment.Result, error) {
	if a.Instruction.PayTo != "" {
		return r.giveUp(ctx, a)
	}
	return r.purse.cancel(ctx, a)
}

// Instruct returns the address of a's number, with its checksum (EIP-55), as it is kept and shown everywhere.
func (r *Rail) Instruct(_ payment.Payment, a payment.Attempt) (payment.Instruction, error) {
	if r.book == nil {
		return payment.Instruction{}, errors.New("channel takes no payments in")
	}
	address, err := r.book.address(a.Number)
	if err != nil {
		return payment.Instruction{}, err
	}
	contract, err := r.contract(a.Amount.Asset())
	if err != nil {
		return payment.Instruction{}, err
	}
	need, _ := r.depths.Need(a.Amount)
	i := payment.Instruction{PayTo: address.Hex(), Amount: a.Amount, Network: r.config.Network, Confirm: need}
	if contract != (common.Address{}) {
		i.Contract = contract.Hex()
	}
	return i, nil
}

// contract returns the contract of an asset, and the zero address for the coin.
func (r *Rail) contract(asset money.Asset) (common.Address, error) {
	for contract, known := range r.node.assets {
		if known == asset {
			return contract, nil
		}
	}
	return common.Address{}, fmt.Errorf("channel %s does not know %s", r.config.Name, asset)
}

// giveUp asks whether anything is at the address of a, or on its way there. What comes later is a receipt all the same. What
// was there in a block that was replaced may come back as long as the chain is not final at its height.
func (r *Rail) giveUp(ctx context.Context, a payment.Attempt) (payment.Result, error) {
	came := payment.Result{Outcome: payment.Pending, Reason: payment.AwaitingConfirmations}
	known, err := r.config.Store.At(ctx, r.config.Name, a.Instruction.PayTo)
	if err != nil {
		return payment.Result{}, err
	}
	if len(known) > 0 {
		return came, nil
	}
	dropped, err := r.config.Store.Dropped(ctx, r.config.Name, a.Instruction.PayTo)
	if err != nil {
		return payment.Result{}, err
	}
	v, err := r.node.survey(ctx) // a node that is behind would not know
	if err != nil {
		return payment.Result{}, err
	}
	if slices.ContainsFunc(dropped, func(t chain.Transfer) bool { return t.Block.Number > v.stays }) {
		return came, nil
	}
	address := common.HexToAddress(a.Instruction.PayTo)
	for contract := range r.node.assets {
		units, err := r.node.balance(ctx, address, contract, big.NewInt(int64(pendingBlock)))
		if err != nil {
			return payment.Result{}, err
		}
		if units.Sign() > 0 {
			return came, nil
		}
	}
	return payment.Result{Outcome: payment.Fenced}, nil
}

// Watch tells what comes to the addresses that were given out, and asks for news of payouts with every block.
func (r *Rail) Watch(ctx context.Context, journal rails.Journal) error {
	return r.watcher(journal).Watch(ctx, journal)
}

func (r *Rail) watcher(journal rails.Journal) *chain.Watcher {
	derive := func(int64) (chain.Address, error) { return chain.Address{}, errNumber }
	if r.book != nil {
		derive = r.book.derive
	}
	return chain.NewWatcher(chain.Config{
		Channel: r.config.Name, Node: r.node, Store: r.config.Store, Derive: derive, Depths: r.depths, From: r.config.From,
		Poll: r.config.Poll, Now: r.now, Log: r.config.Log,
		OnHead: func(ctx context.Context, head chain.Block) error {
			if r.purse == nil {
				return nil
			}
			return r.purse.onHead(ctx, journal)
		},
	})
}

// now is the present as it is stored.
func (r *Rail) now() time.Time { return r.config.Now().UTC().Truncate(time.Microsecond) }

// Estimate says when a payment or payout that begins now is deep enough. The earliest is with the next block.
func (r *Rail) Estimate(p payment.Payment, now time.Time) (earliest, latest time.Time) {
	need, _ := r.depths.Need(p.Moves())
	wait := time.Duration(need) * r.config.BlockTime
	return now.Add(wait), now.Add(2*wait + 2*r.config.BlockTime)
}
