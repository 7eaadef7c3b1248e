package onchain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"

	"github.com/ethereum/go-ethereum/common"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
	"github.com/causeway-pay/causeway/rails/onchain/signer"
)

// Signer has the key of the wallet that payouts leave from, in another process.
type Signer interface {
	// Address returns whose key it is.
	Address(ctx context.Context) (string, error)
	// Sign signs a transaction, or says which of its rules forbids that.
	Sign(ctx context.Context, o signer.Order) (signer.Answer, error)
	// Authorize signs the move of a token from an address of payers to the wallet, and returns the call that carries it out.
	Authorize(ctx context.Context, a signer.Authorization) ([]byte, error)
}

// purse pays out, and brings in what is paid out later. Each payout, and each sweep, goes through the same steps, and each is on disk before the next begins:
//
//	reserved   it has the wallet's next nonce: whatever is signed for it can be mined at most once
//	signed     the signer noted it in its own books, and the bytes are stored
//	broadcast  nodes have the bytes; they may be given to them again at any time
//	counted    the payment is as deep in the chain as its amount needs, and is told as paid
//	final      a transaction with the nonce is in a block that the chain cannot take back
//
// A crash in between is resumed from what is on disk: a second nonce for the same payout is never made, by the wallet's
// rows and, apart from them, by the signer's. Until it is final a payout is looked at again, and given to nodes again when
// its block was replaced. Nothing that lets the money move again, be it a revert or a cancel, is told before.
type purse struct {
	*Rail

	signer Signer
	feeMax *big.Int
	step   func(name string) error // where tests stop the process; nil outside of them

	mu      sync.Mutex
	sender  string
	settled map[string]bool // operations that count in the chain as it is now

	// Of the watcher alone: up to which final block it looked after all, and whether that went well.
	final     int64
	well      bool
	head      chain.Block
	sweptUpTo string               // the place that it looked at last, for what can be swept
	able      map[money.Asset]bool // tokens that were asked whether they move by authorizations

	sweepMin []money.Amount
}

func newPurse(r *Rail) *purse {
	feeMax, _ := gwei(r.config.FeeMax) // validated
	return &purse{Rail: r, able: map[money.Asset]bool{}, settled: map[string]bool{}, signer: signer.NewClient(strings.TrimPrefix(r.config.Signer, "unix:")), feeMax: feeMax}
}

// reached is called after each step.
func (w *purse) reached(step string) error {
	if w.step == nil {
		return nil
	}
	return w.step(step)
}

// address is the wallet's, asked once.
func (w *purse) address(ctx context.Context) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sender != "" {
		return w.sender, nil
	}
	sender, err := w.signer.Address(ctx)
	if err == nil && !isAddress(sender) {
		err = errors.New("signer does not say whose key it has")
	}
	if err != nil {
		return "", fmt.Errorf("signer: %w", err)
	}
	w.sender = common.HexToAddress(sender).Hex()
	return w.sender, nil
}

// halt is the name under which a wallet is halted.
func (w *purse) halt(sender string) string { return "wallet:" + w.config.Network + ":" + sender }

// send begins a payout, or goes on with one that was begun. Until it has a nonce nothing can have left.
func (w *purse) send(ctx context.Context, p payment.Payment, a payment.Attempt) (payment.Result, error) {
	if w == nil {
		return payment.Result{Outcome: payment.NotSent, Reason: payment.ChannelMisconfigured}, nil
	}
	i, err := w.config.Store.Intent(ctx, a.ID)
	if err == nil {
		return w.goOn(ctx, i, a)
	}
	if !errors.Is(err, chain.ErrNoIntent) {
		return payment.Result{}, err
	}
	i, refused, err := w.prepare(ctx, p, a)
	if err != nil {
		return payment.Result{Outcome: payment.NotSent, Reason: payment.NotReached, ProviderCode: err.Error()}, nil
	}
	if refused.Outcome != payment.Unknown {
		return refused, nil
	}
	mined, err := w.node.nonce(ctx, common.HexToAddress(i.Sender), nil)
	if err != nil {
		return payment.Result{Outcome: payment.NotSent, Reason: payment.NotReached}, nil
	}
	i, err = w.config.Store.Reserve(ctx, i, mined)
	switch {
	case errors.Is(err, chain.ErrInFlight):
		return payment.Result{Outcome: payment.NotSent, Reason: payment.RateLimited, ProviderCode: "too many payouts under way"}, nil
	case errors.Is(err, chain.ErrAbandoned):
		return payment.Result{Outcome: payment.Fenced}, nil
	case err != nil:
		return payment.Result{}, err
	}
	if err := w.reached("reserved"); err != nil {
		return payment.Result{}, err
	}
	return w.goOn(ctx, i, a)
}

// goOn takes an intent from wherever it is.
func (w *purse) goOn(ctx context.Context, i chain.Intent, a payment.Attempt) (payment.Result, error) {
	switch i.State {
	case chain.Abandoned:
		return payment.Result{Outcome: payment.Fenced}, nil
	case chain.Reserved:
		if err := w.signAndSend(ctx, i, chain.Pay, fees{}); err != nil {
			return w.refused(ctx, i, err)
		}
		i, err := w.config.Store.Intent(ctx, i.Attempt)
		if err != nil {
			return payment.Result{}, err
		}
		last, _ := i.Last()
		return underWay(last.Hash), nil
	}
	return w.resolve(ctx, i, a)
}

// refused gives up an operation that the signer or the contract refuses, so that its nonce is free for others. Nothing was
// signed for it.
func (w *purse) refused(ctx context.Context, i chain.Intent, err error) (payment.Result, error) {
	if !i.Operates() || !(errors.Is(err, signer.ErrRefused) || errors.Is(err, errPointless) || reverted(err)) {
		return payment.Result{}, err
	}
	given, abandonErr := w.config.Store.Abandon(ctx, i)
	if abandonErr != nil || !given {
		return payment.Result{}, errors.Join(err, abandonErr)
	}
	w.config.Log.Warn("operation is given up", "channel", w.config.Name, "operation", i.Attempt, "err", err)
	return payment.Result{Outcome: payment.Fenced, ProviderCode: err.Error()}, nil
}

// underWay is what is known of a payout that nodes have.
func underWay(hash string) payment.Result {
	return payment.Result{
		Outcome: payment.Pending, Reason: payment.AwaitingConfirmations, ProviderID: hash,
		Progress: &payment.Progress{Accepted: true, Tx: hash},
	}
}

// check asks what became of a payout. It gives nodes again what was signed, and raises its fees when that waits for long:
// neither can pay twice, as all of it has one nonce.
//
// What was told as paid and was not stays paid, with a mark: only people take it back.
func (w *purse) check(ctx context.Context, name string, a payment.Attempt) (payment.Result, error) {
	if w == nil {
		return payment.Result{}, errors.New("channel pays nothing out")
	}
	i, err := w.config.Store.Intent(ctx, name)
	switch {
	case errors.Is(err, chain.ErrNoIntent):
		return payment.Result{NotFound: true}, nil
	case err != nil:
		return payment.Result{}, err
	case i.State == chain.Abandoned:
		return payment.Result{Outcome: payment.Fenced}, nil
	case i.State == chain.Reserved:
		return payment.Result{}, nil // nothing was signed as far as we know: the next send or cancel decides
	}
	return w.resolve(ctx, i, a)
}

// cancel is the fence. What was not signed is given up, and nothing can be kept for it afterwards. What was signed can
// only be overtaken: by a transaction of the same nonce that moves nothing, once that one is final.
func (w *purse) cancel(ctx context.Context, a payment.Attempt) (payment.Result, error) {
	if w == nil {
		return payment.Result{}, errors.New("channel pays nothing out")
	}
	sender, err := w.address(ctx)
	if err != nil {
		return payment.Result{}, err
	}
	given, err := w.config.Store.Abandon(ctx, chain.Intent{
		Attempt: a.ID, Channel: w.config.Name, Network: w.config.Network, Sender: sender, Amount: a.Amount, At: w.now(),
	})
	if err != nil {
		return payment.Result{}, err
	}
	if given {
		return payment.Result{Outcome: payment.Fenced}, nil
	}
	i, err := w.config.Store.Intent(ctx, a.ID)
	if err != nil {
		return payment.Result{}, err
	}
	r, err := w.resolve(ctx, i, a)
	if err != nil || r.Outcome.Free() || r.Outcome == payment.Captured || r.Outcome == payment.Review || i.State != chain.Sent || i.FinalTx != "" {
		return r, err
	}
	if mined, _, err := w.mined(ctx, i); err != nil || mined != nil {
		return r, err // too late to overtake
	}
	last, _ := i.Last()
	if err := w.signAndSend(ctx, i, chain.Cancel, fees{tip: last.Tip, limit: last.Cap}.raised()); err != nil {
		return payment.Result{}, err
	}
	return payment.Result{}, nil
}
