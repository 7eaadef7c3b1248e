package onchain

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

// lost is a payout that was not paid, although it was told so or nobody can tell why: people decide. One that counts as paid
// stays so until they have.
func lost(a payment.Attempt, why string) payment.Result {
	r := payment.Result{
		Outcome: payment.Review, Reason: payment.Reorganised, ProviderCode: why, Progress: &payment.Progress{Accepted: true, Conflict: why},
	}
	if a.Outcome == payment.Captured {
		r.Outcome, r.Reason, r.Amount = payment.Captured, "", a.Amount
	}
	return r
}

// known reports whether the payment bears the mark of what became of it, or people decided already. Until then its intent
// stays open, so that a crash in between tells it again.
func known(a payment.Attempt) bool { return a.Progress.Conflict != "" || a.Outcome.Free() }

// takenBack halts the wallet when a payout was told as paid and the chain ended otherwise.
func (w *purse) takenBack(ctx context.Context, i chain.Intent, a payment.Attempt, s chain.Signed, final payment.Result) (payment.Result, error) {
	if known(a) {
		if err := w.config.Store.Finish(ctx, i.Attempt, s.Hash); err != nil {
			return payment.Result{}, err
		}
		return lost(a, a.Progress.Conflict), nil
	}
	why := fmt.Errorf("%w: %s was told with %s, and %s (%s) is final", chain.ErrTakenBack, i.Attempt, i.FinalTx, s.Hash, s.Purpose)
	if err := w.config.Store.Halt(ctx, w.halt(i.Sender), why.Error(), w.now()); err != nil {
		return payment.Result{}, err
	}
	a.Outcome, a.Amount = payment.Captured, i.Amount // so it was told, whoever heard it
	r := lost(a, why.Error())
	if final.Progress != nil {
		r.Progress.Gas = final.Progress.Gas
	}
	return r, nil
}

// usurped halts the wallet when a transaction that is not ours used up a nonce of ours: somebody else has the key. While
// that is not deep in the chain, our own may have been mined on a node that was not asked; once it is final, the payout can
// never be paid, and people decide.
func (w *purse) usurped(ctx context.Context, i chain.Intent, a payment.Attempt, v view) (payment.Result, error) {
	waiting := fmt.Errorf("%w: nonce %d is used, and no receipt is to be had yet", chain.ErrBehind, i.Nonce)
	deep := w.deepest(v, i)
	if i.FinalTx != "" {
		deep = v.stays // a receipt of ours was seen: one that is missing for a moment is no theft
	}
	used, err := w.usedAt(ctx, i, deep)
	if err != nil || !used {
		return payment.Result{}, errors.Join(err, waiting)
	}
	why := fmt.Errorf("%w: nonce %d of %s", chain.ErrNonce, i.Nonce, i.Sender)
	final, err := w.usedAt(ctx, i, v.stays)
	if err != nil || !final {
		return payment.Result{}, errors.Join(err, why, w.config.Store.Halt(ctx, w.halt(i.Sender), why.Error(), w.now()))
	}
	if known(a) {
		return lost(a, a.Progress.Conflict), w.config.Store.Usurp(ctx, i.Attempt)
	}
	if err := w.config.Store.Halt(ctx, w.halt(i.Sender), why.Error(), w.now()); err != nil {
		return payment.Result{}, err
	}
	if filler(i) {
		return payment.Result{}, w.config.Store.Usurp(ctx, i.Attempt)
	}
	if i.Operates() {
		return w.overtaken(), w.config.Store.Usurp(ctx, i.Attempt)
	}
	if i.FinalTx != "" {
		a.Outcome, a.Amount = payment.Captured, i.Amount
	}
	r := lost(a, why.Error())
	r.Progress.Gas = w.node.assets[common.Address{}].Zero() // what it cost is not ours any more
	return r, nil
}

// usedAt reports whether the nonce of an intent is used up in a block; before the first one it is not.
func (w *purse) usedAt(ctx context.Context, i chain.Intent, block int64) (bool, error) {
	if block < 0 {
		return false, nil
	}
	used, err := w.node.nonce(ctx, common.HexToAddress(i.Sender), big.NewInt(block))
	return used > i.Nonce, err
}
