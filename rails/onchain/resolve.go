package onchain

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

// resolve finds out what became of what was signed for an intent. Whichever of its transactions was mined decides, once
// the chain cannot take it back. Only that it was paid is told before.
func (w *purse) resolve(ctx context.Context, i chain.Intent, a payment.Attempt) (payment.Result, error) {
	if i.State == chain.Usurped && i.Operates() {
		return w.overtaken(), nil
	}
	if i.State == chain.Usurped {
		return lost(a, a.Progress.Conflict), nil
	}
	v, err := w.node.survey(ctx)
	if err != nil {
		return payment.Result{}, err
	}
	used, err := w.node.nonce(ctx, common.HexToAddress(i.Sender), nil) // before the receipts: what is mined later is not missed
	if err != nil {
		return payment.Result{}, err
	}
	receipt, signed, err := w.mined(ctx, i)
	switch {
	case err != nil:
		return payment.Result{}, err
	case receipt != nil && receipt.BlockNumber.Int64() <= v.stays:
		return w.decided(ctx, i, a, receipt, signed)
	case receipt != nil && receipt.BlockNumber.Int64() <= w.deepest(v, i) && paid(i, receipt, signed):
		return w.counted(ctx, i, receipt, signed)
	case receipt != nil && signed.Purpose == chain.Pay:
		return underWay(signed.Hash), nil
	case receipt != nil:
		return payment.Result{}, nil
	case used > i.Nonce:
		return w.usurped(ctx, i, a, v)
	}
	return w.push(ctx, i, v)
}

// deepest is the highest block that is deep enough for the intent's amount; negative when there is none.
func (w *purse) deepest(v view, i chain.Intent) int64 {
	need, final := w.depths.Need(i.Amount)
	if final {
		return v.stays
	}
	return v.head.Number - int64(need) + 1
}

// mined looks for the receipt of any transaction that was ever signed for the intent, on every node.
func (w *purse) mined(ctx context.Context, i chain.Intent) (*types.Receipt, chain.Signed, error) {
	var faults []error
	silent := 0
	for _, s := range i.Signed {
		for _, e := range w.node.endpoints {
			var receipt *types.Receipt
			err := w.node.with(ctx, e, true, func(ctx context.Context, e *endpoint) (err error) {
				receipt, err = e.eth.TransactionReceipt(ctx, common.HexToHash(s.Hash))
				return err
			})
			switch {
			case err == nil:
				return receipt, s, w.canonical(ctx, receipt)
			case !errors.Is(err, ethereum.NotFound):
				silent++
				faults = append(faults, err)
			}
		}
	}
	if silent > 0 && silent == len(i.Signed)*len(w.node.endpoints) {
		return nil, chain.Signed{}, errors.Join(faults...)
	}
	return nil, chain.Signed{}, nil
}

// canonical demands that a receipt's block is in the chain: a node may answer for one that it dropped.
func (w *purse) canonical(ctx context.Context, receipt *types.Receipt) error {
	b, err := w.node.BlockAt(ctx, receipt.BlockNumber.Int64())
	if err != nil {
		return err
	}
	if b.Hash != receipt.BlockHash.Hex() {
		return fmt.Errorf("%w: %s was in block %s, which was replaced", chain.ErrBehind, receipt.TxHash, receipt.BlockHash)
	}
	return nil
}

// paid reports whether a receipt may be told as paid before it is final. Once a cancel was signed it may not: a replaced
// block is all that it takes for the cancel to be mined instead.
func paid(i chain.Intent, receipt *types.Receipt, s chain.Signed) bool {
	return i.State != chain.Canceling && s.Purpose == chain.Pay && receipt.Status == types.ReceiptStatusSuccessful
}

// counted tells an intent as paid that the chain might still take back: it stays in flight.
func (w *purse) counted(ctx context.Context, i chain.Intent, receipt *types.Receipt, s chain.Signed) (payment.Result, error) {
	r, err := w.verdict(i, receipt, s)
	if err == nil && i.Operates() {
		w.settle(i.Attempt, true)
	}
	if err != nil || i.FinalTx == s.Hash {
		return r, err
	}
	if err := w.config.Store.Count(ctx, i.Attempt, s.Hash); err != nil {
		return payment.Result{}, err
	}
	return r, nil
}

// decided reads a receipt that stays.
func (w *purse) decided(ctx context.Context, i chain.Intent, a payment.Attempt, receipt *types.Receipt, s chain.Signed) (payment.Result, error) {
	r, unclear := w.verdict(i, receipt, s)
	w.settle(i.Attempt, false) // it is final, and looked at no more
	if !i.State.Open() {
		if a.Outcome == payment.Captured && r.Outcome != payment.Captured {
			r, unclear = lost(a, a.Progress.Conflict), nil
		}
		return r, unclear
	}
	if i.FinalTx != "" && r.Outcome != payment.Captured && !i.Operates() { // an operation is taken back, and begun anew
		return w.takenBack(ctx, i, a, s, r)
	}
	if err := w.config.Store.Finish(ctx, i.Attempt, s.Hash); err != nil {
		return payment.Result{}, err
	}
	if unclear != nil {
		return payment.Result{}, unclear
	}
	return r, nil
}

// verdict is what a receipt says of an intent.
func (w *purse) verdict(i chain.Intent, receipt *types.Receipt, s chain.Signed) (payment.Result, error) {
	coin := w.node.assets[common.Address{}]
	cost := new(big.Int).Mul(new(big.Int).SetUint64(receipt.GasUsed), receipt.EffectiveGasPrice)
	g := &payment.Progress{Tx: s.Hash, Gas: money.FromUnits(cost, coin)}
	if i.Operates() {
		g.Block = receipt.BlockHash.Hex()
	}
	r := payment.Result{ProviderID: s.Hash, Progress: g}
	switch {
	case s.Purpose == chain.Cancel:
		r.Outcome = payment.Fenced
	case receipt.Status != types.ReceiptStatusSuccessful:
		r.Outcome, r.Reason, r.ProviderCode = payment.Declined, payment.GenericDecline, "reverted"
	default:
		delivered, err := w.delivered(i, receipt)
		if err != nil {
			return payment.Result{}, err
		}
		g.Accepted, g.Delivered = true, delivered
		r.Outcome, r.Amount = payment.Captured, i.Amount
		if i.Sweeps() {
			r.Amount = delivered // the wallet has no more than arrived
		}
	}
	return r, nil
}

// delivered is what reached the beneficiary. A token may keep a part of what it moves.
func (w *purse) delivered(i chain.Intent, receipt *types.Receipt) (money.Amount, error) {
	if i.Contract == "" {
		return i.Amount, nil
	}
	source := i.Sender
	if i.Sweeps() {
		source = i.Place
	}
	total := new(big.Int)
	for _, l := range receipt.Logs {
		m, ok := readTransfer(*l)
		if ok && l.Address.Hex() == i.Contract && m.from.Hex() == source && m.to.Hex() == i.To {
			total.Add(total, m.units)
		}
	}
	if total.Sign() == 0 {
		return money.Amount{}, fmt.Errorf("transaction %s succeeded and moved nothing", receipt.TxHash)
	}
	return money.FromUnits(total, i.Amount.Asset()), nil
}

// push gives the nodes the newest bytes again, and newer ones with higher fees when those have waited for long.
func (w *purse) push(ctx context.Context, i chain.Intent, v view) (payment.Result, error) {
	last, ok := i.Last()
	if !ok {
		return payment.Result{}, nil
	}
	result := underWay(last.Hash)
	if last.Purpose == chain.Cancel {
		result = payment.Result{} // which of the two is mined is open
	}
	if v.head.Number-last.Height >= w.config.BumpAfter {
		err := w.signAndSend(ctx, i, last.Purpose, fees{last.Tip, last.Cap}.raised())
		if err == nil {
			return result, nil
		}
		w.config.Log.Warn("fees are not raised", "channel", w.config.Name, "attempt", i.Attempt, "err", err)
	}
	if w.early(ctx, i, last, v) {
		return result, nil
	}
	err := w.broadcast(ctx, last)
	if err != nil && i.Operates() { // no block has it, which is told: a sweep's deposit may be gone
		w.config.Log.Warn("nodes do not take an operation", "channel", w.config.Name, "operation", i.Attempt, "err", err)
		return result, nil
	}
	if err != nil {
		return payment.Result{}, err
	}
	return result, nil
}
