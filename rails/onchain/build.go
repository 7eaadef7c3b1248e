package onchain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
	"github.com/causeway-pay/causeway/rails/onchain/signer"
)

// gasMargin is by how much more gas is offered than the node estimated, in percent; what is not used is not paid.
const gasMargin = 25

// raiseBy is by how much the fees of a transaction are raised that waits, in percent: nodes refuse less than 10.
const raiseBy = 13

// fees are what is offered for a unit of gas, in wei: to whoever makes the block, and in all (EIP-1559).
type fees struct{ tip, limit *big.Int }

// feesOf reads fees; what is no number is left to the price of now.
func feesOf(tip, limit string) fees {
	t, tipOK := new(big.Int).SetString(tip, 10)
	l, limitOK := new(big.Int).SetString(limit, 10)
	if !tipOK || !limitOK {
		return fees{}
	}
	return fees{t, l}
}

// raised returns fees that nodes accept as a replacement.
func (f fees) raised() fees {
	more := func(n *big.Int) *big.Int {
		raised := new(big.Int).Mul(n, big.NewInt(100+raiseBy))
		raised.Add(raised, big.NewInt(99)) // rounds up
		return raised.Div(raised, big.NewInt(100))
	}
	return fees{more(f.tip), more(f.limit)}
}

// prepare makes an intent of an attempt, and holds it against what the chain would say. The refusal is for what cannot be
// paid; an error means that nobody could be asked.
func (w *purse) prepare(ctx context.Context, p payment.Payment, a payment.Attempt) (i chain.Intent, refused payment.Result, err error) {
	no := func(o payment.Outcome, r payment.Reason, code string) (chain.Intent, payment.Result, error) {
		return chain.Intent{}, payment.Result{Outcome: o, Reason: r, ProviderCode: code}, nil
	}
	if err := w.Accepts(p); err != nil {
		return no(payment.Declined, payment.InvalidAccount, strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	sender, err := w.address(ctx)
	if err != nil {
		return i, refused, err
	}
	switch reason, err := w.config.Store.Halted(ctx, w.halt(sender)); {
	case err != nil:
		return i, refused, err
	case reason != "":
		return no(payment.NotSent, payment.ChannelUnavailable, "wallet is halted: "+reason)
	}
	contract, err := w.contract(a.Amount.Asset())
	if err != nil {
		return no(payment.NotSent, payment.CurrencyNotSupported, err.Error())
	}
	if _, _, err := w.node.Head(ctx); err != nil {
		return i, refused, err
	}
	i = chain.Intent{
		Attempt: a.ID, Channel: w.config.Name, Payout: string(p.ID), Network: w.config.Network, Sender: sender,
		To: common.HexToAddress(p.Order.Beneficiary.Address).Hex(), Amount: a.Amount, At: w.now(),
	}
	if contract != (common.Address{}) {
		i.Contract = contract.Hex()
	}
	funds, err := w.node.balance(ctx, common.HexToAddress(sender), contract, nil)
	if err != nil {
		return i, refused, err
	}
	if funds.Cmp(a.Amount.Units()) < 0 {
		return no(payment.NotSent, payment.OutOfFunds, "wallet has too little")
	}
	if err := w.rehearse(ctx, i); err != nil {
		if reverted(err) {
			return no(payment.Declined, payment.GenericDecline, "the contract refuses the transfer")
		}
		return i, refused, err
	}
	return i, refused, nil
}

// rehearse asks a node to carry a payout out without keeping what comes of it.
func (w *purse) rehearse(ctx context.Context, i chain.Intent) error {
	m, err := w.message(ctx, i, chain.Pay)
	if err != nil {
		return err
	}
	answer, err := w.node.call(ctx, m, nil)
	if err != nil {
		return err
	}
	// Some tokens answer with nothing; one that answers with anything but true refuses.
	if i.Contract != "" && !i.Sweeps() && len(answer) > 0 && !bytes.Equal(answer, common.LeftPadBytes([]byte{1}, 32)) {
		return errRefused
	}
	return nil
}

// errRefused is returned when a token answers a transfer with false.
var errRefused = errors.New("execution reverted: the token answered with false")

// reverted reports whether a node says that a call would fail, as opposed to not answering.
func reverted(err error) bool {
	if errors.Is(err, errRefused) {
		return true
	}
	refusal := rpc.Error(nil)
	return errors.As(err, &refusal) && (refusal.ErrorCode() == 3 || strings.Contains(refusal.Error(), "revert"))
}

// message is what an intent does on the chain.
func (w *purse) message(ctx context.Context, i chain.Intent, purpose chain.Purpose) (ethereum.CallMsg, error) {
	from, to := common.HexToAddress(i.Sender), common.HexToAddress(i.To)
	if purpose == chain.Cancel {
		return ethereum.CallMsg{From: from, To: &from, Value: new(big.Int)}, nil
	}
	if i.Sweeps() {
		return w.sweepMessage(ctx, i)
	}
	if i.Contract == "" {
		return ethereum.CallMsg{From: from, To: &to, Value: i.Amount.Units()}, nil
	}
	contract := common.HexToAddress(i.Contract)
	return ethereum.CallMsg{From: from, To: &contract, Value: new(big.Int), Data: transferData(to, i.Amount.Units())}, nil
}

// signAndSend has a transaction signed for the intent's nonce, stores it, and gives it to the nodes. Its fees are those of
// now, and at least those given.
func (w *purse) signAndSend(ctx context.Context, i chain.Intent, purpose chain.Purpose, least fees) error {
	order, answer, head, err := w.sign(ctx, i, purpose, least)
	if low := (*signer.LowFees)(nil); errors.As(err, &low) {
		// A process ended between signing and storing, and gas has become cheaper since.
		order, answer, head, err = w.sign(ctx, i, purpose, feesOf(low.Tip, low.Cap))
	}
	if err != nil {
		return err
	}
	if err := w.reached("signed"); err != nil {
		return err
	}
	signed, err := w.accept(i, order, answer)
	if err != nil {
		return err
	}
	signed.Purpose, signed.Height = purpose, head
	if err := w.config.Store.Keep(ctx, i.Attempt, signed, w.now()); err != nil {
		return err
	}
	if err := w.reached("stored"); err != nil {
		return err
	}
	if err := w.broadcast(ctx, signed); err != nil {
		return err
	}
	return w.reached("broadcast")
}

// sign has a transaction signed, and returns what was ordered and at what height of the chain.
func (w *purse) sign(ctx context.Context, i chain.Intent, purpose chain.Purpose, least fees) (signer.Order, signer.Answer, int64, error) {
	order, head, err := w.order(ctx, i, purpose, least)
	if err != nil {
		return order, signer.Answer{}, 0, err
	}
	answer, err := w.signer.Sign(ctx, order)
	if err != nil {
		err = fmt.Errorf("sign: %w", err)
	}
	return order, answer, head, err
}

// order says what is to be signed.
func (w *purse) order(ctx context.Context, i chain.Intent, purpose chain.Purpose, least fees) (signer.Order, int64, error) {
	v, err := w.node.survey(ctx)
	if err != nil {
		return signer.Order{}, 0, err
	}
	f, err := w.price(ctx, v, least)
	if err != nil {
		return signer.Order{}, 0, err
	}
	m, err := w.message(ctx, i, purpose)
	if err != nil {
		return signer.Order{}, 0, err
	}
	gas, err := w.node.estimate(ctx, m)
	if err != nil {
		return signer.Order{}, 0, fmt.Errorf("estimate: %w", err)
	}
	return signer.Order{
		Payout: i.Payout, From: i.Number, Chain: w.node.id, Nonce: uint64(i.Nonce), To: m.To.Hex(), Value: m.Value.String(), Data: m.Data,
		Gas: gas + gas*gasMargin/100, Tip: f.tip.String(), Cap: f.limit.String(),
	}, v.head.Number, nil
}

// price chooses the fees: twice the base fee of now, so that it may double while the transaction waits, and a tip.
func (w *purse) price(ctx context.Context, v view, least fees) (fees, error) {
	if v.base == nil {
		return fees{}, errors.New("chain has no base fee (EIP-1559)")
	}
	tip, err := w.node.tip(ctx)
	if err != nil {
		return fees{}, err
	}
	f := fees{tip, new(big.Int).Add(new(big.Int).Lsh(v.base, 1), tip)}
	if least.tip != nil {
		f = fees{larger(f.tip, least.tip), larger(f.limit, least.limit)}
	}
	if f.limit.Cmp(w.feeMax) > 0 {
		return fees{}, fmt.Errorf("gas costs %s wei, more than fee_max", f.limit)
	}
	return f, nil
}

func larger(a, b *big.Int) *big.Int {
	if a.Cmp(b) >= 0 {
		return a
	}
	return b
}

// accept reads what the signer signed, and demands that it is what was ordered.
func (w *purse) accept(i chain.Intent, o signer.Order, answer signer.Answer) (chain.Signed, error) {
	tx := new(types.Transaction)
	if err := tx.UnmarshalBinary(answer.Raw); err != nil {
		return chain.Signed{}, fmt.Errorf("signer: %w", err)
	}
	from, err := types.Sender(types.LatestSignerForChainID(new(big.Int).SetUint64(w.node.id)), tx)
	if err != nil {
		return chain.Signed{}, fmt.Errorf("signer: %w", err)
	}
	same := from.Hex() == i.Sender && tx.Nonce() == o.Nonce && tx.To() != nil && sameAddress(tx.To().Hex(), o.To) && tx.Value().String() == o.Value &&
		bytes.Equal(tx.Data(), o.Data) && tx.Gas() == o.Gas && tx.GasTipCap().String() == o.Tip && tx.GasFeeCap().String() == o.Cap
	if !same {
		return chain.Signed{}, errors.New("signer signed something else than it was asked for")
	}
	return chain.Signed{Hash: tx.Hash().Hex(), Raw: answer.Raw, Tip: tx.GasTipCap(), Cap: tx.GasFeeCap(), Gas: int64(tx.Gas())}, nil
}

// broadcast gives signed bytes to every node. That one has them already, or has mined the nonce, is no failure: what
// became of it the receipts tell.
func (w *purse) broadcast(ctx context.Context, s chain.Signed) error {
	var faults []error
	taken := false
	for _, e := range w.node.endpoints {
		err := w.node.with(ctx, e, true, func(ctx context.Context, e *endpoint) error {
			return e.rpc.CallContext(ctx, nil, "eth_sendRawTransaction", "0x"+common.Bytes2Hex(s.Raw))
		})
		if err == nil || harmless(err) {
			taken = true
			continue
		}
		faults = append(faults, err)
	}
	if taken {
		return nil
	}
	return fmt.Errorf("broadcast %s: %w", s.Hash, errors.Join(faults...))
}

// harmless reports whether a node refused bytes because it knows them, or one that took their place.
func harmless(err error) bool {
	refusal := rpc.Error(nil)
	if !errors.As(err, &refusal) {
		return false
	}
	for _, words := range []string{"already known", "nonce too low", "known transaction", "already imported", "already exists", "replacement transaction underpriced"} {
		if strings.Contains(strings.ToLower(refusal.Error()), words) {
			return true
		}
	}
	return false
}
