package onchain

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
	"github.com/causeway-pay/causeway/rails/onchain/signer"
)

const (
	coinGas    = 30_000 // the same of a move of the coin, with what is offered beyond the estimate
	sweepRoom  = 4      // by how much the price of gas may rise while a sweep of the coin waits
	sweepsOpen = 100    // sweeps of the coin that are looked after in one round
)

// Sweep brings what was credited at the address of a to the wallet that payouts leave from. A token moves by an
// authorization that the address signs and the wallet's transaction carries (EIP-3009), and the wallet pays the gas; the
// coin moves by the address's own transaction, which pays it out of what is there. Either goes through the steps of a
// payout, under the reference of o: whatever is repeated, it can be carried out once.
func (r *Rail) Sweep(ctx context.Context, a payment.Attempt, o payment.Operation) (payment.Result, error) {
	return ofOperation(r.purse.sweep(ctx, a, o))
}

// CheckOperation asks what became of a sweep, or of the return of a claim. There are no other operations.
func (r *Rail) CheckOperation(ctx context.Context, _ payment.Attempt, o payment.Operation) (payment.Result, error) {
	if o.Kind != payment.Sweep && o.Kind != payment.ClaimReturn {
		return payment.Result{}, fmt.Errorf("channel has no %s", o.Kind)
	}
	return ofOperation(r.purse.check(ctx, o.ID, payment.Attempt{}))
}

// ofOperation reads what became of an intent as what became of the operation that it stands for.
func ofOperation(r payment.Result, err error) (payment.Result, error) {
	switch r.Outcome {
	case payment.Captured:
		r.Outcome = payment.Done
	case payment.Fenced: // it was given up before it was signed
		r.Outcome, r.Reason = payment.Declined, payment.ChannelError
	}
	return r, err
}

// overtaken is what is known of an operation whose nonce somebody else used up: it did not happen, and cost us nothing.
func (w *purse) overtaken() payment.Result {
	return payment.Result{
		Outcome: payment.Declined, Reason: payment.ChannelError, ProviderCode: "its nonce was used by a transaction not of ours",
		Progress: &payment.Progress{Gas: w.node.assets[common.Address{}].Zero()},
	}
}

// sweep begins a sweep, or goes on with one that was begun. Until it has a nonce it only waits, and may be tried again.
func (w *purse) sweep(ctx context.Context, a payment.Attempt, o payment.Operation) (payment.Result, error) {
	if w == nil || w.book == nil {
		return payment.Result{}, errors.New("channel sweeps nothing")
	}
	i, err := w.config.Store.Intent(ctx, o.ID)
	if err == nil {
		return w.goOn(ctx, i, payment.Attempt{})
	}
	if !errors.Is(err, chain.ErrNoIntent) {
		return payment.Result{}, err
	}
	if i, err = w.prepareSweep(ctx, a, o); err != nil {
		return payment.Result{}, fmt.Errorf("sweep: %w", err)
	}
	return w.begin(ctx, i)
}

// begin gives the intent of an operation its nonce, and takes it from there.
func (w *purse) begin(ctx context.Context, i chain.Intent) (payment.Result, error) {
	mined, err := w.node.nonce(ctx, common.HexToAddress(i.Sender), nil)
	if err != nil {
		return payment.Result{}, err
	}
	if i, err = w.config.Store.Reserve(ctx, i, mined); err != nil {
		return payment.Result{}, err
	}
	if err := w.reached("reserved"); err != nil {
		return payment.Result{}, err
	}
	return w.goOn(ctx, i, payment.Attempt{})
}

// prepareSweep makes the intent of a sweep, and holds it against what the chain would say now.
func (w *purse) prepareSweep(ctx context.Context, a payment.Attempt, o payment.Operation) (i chain.Intent, err error) {
	place, err := w.book.address(a.Number)
	if err != nil {
		return i, err
	}
	if place.Hex() != a.Instruction.PayTo {
		return i, fmt.Errorf("%s is not the address of number %d", a.Instruction.PayTo, a.Number)
	}
	wallet, err := w.address(ctx)
	if err != nil {
		return i, err
	}
	contract, err := w.contract(o.Amount.Asset())
	if err != nil {
		return i, err
	}
	i = chain.Intent{
		Attempt: o.ID, Channel: w.config.Name, Payout: o.ID, Network: w.config.Network, Sender: wallet, To: wallet, Amount: o.Amount,
		At: w.now(), Place: place.Hex(), Number: a.Number,
	}
	if contract == (common.Address{}) {
		i.Sender = i.Place
	} else {
		i.Contract = contract.Hex()
	}
	for _, sender := range []string{wallet, i.Sender} {
		if reason, err := w.config.Store.Halted(ctx, w.halt(sender)); err != nil || reason != "" {
			return i, errors.Join(err, errors.New("wallet is halted: "+reason))
		}
	}
	if _, _, err := w.node.Head(ctx); err != nil {
		return i, err
	}
	return i, w.rehearse(ctx, i)
}

// sweepMessage is what an intent to sweep does on the chain.
func (w *purse) sweepMessage(ctx context.Context, i chain.Intent) (ethereum.CallMsg, error) {
	from, to := common.HexToAddress(i.Sender), common.HexToAddress(i.To)
	if i.Contract == "" {
		return ethereum.CallMsg{From: from, To: &to, Value: i.Amount.Units()}, nil
	}
	contract := common.HexToAddress(i.Contract)
	data, err := w.signer.Authorize(ctx, signer.Authorization{
		Sweep: i.Payout, From: i.Number, Chain: w.node.id, Token: i.Contract, Amount: i.Amount.Units().String(),
	})
	if err != nil {
		return ethereum.CallMsg{}, fmt.Errorf("authorize: %w", err)
	}
	return ethereum.CallMsg{From: from, To: &contract, Value: new(big.Int), Data: data}, nil
}

// beginSweeps has the journal begin sweeps, as many as there is room for, where as much waits as the channel sweeps. Nothing is
// begun while the wallet is halted or gas is too dear.
func (w *purse) beginSweeps(ctx context.Context, journal rails.Journal, wallet string, room int, v view) error {
	beginner, ok := journal.(rails.SweepBeginner)
	if !ok || len(w.config.SweepMin) == 0 || room <= 0 {
		return nil
	}
	if reason, err := w.config.Store.Halted(ctx, w.halt(wallet)); err != nil || reason != "" {
		return err
	}
	f, err := w.price(ctx, v, fees{})
	if err != nil {
		w.config.Log.Info("nothing is swept now", "channel", w.config.Name, "err", err)
		return nil
	}
	w.sweptUpTo, err = beginner.BeginSweeps(ctx, w.worth(ctx, f), w.sweptUpTo, room)
	return err
}

// worth says what is worth sweeping at these fees: of the coin what is left once its own gas is paid, however that rises.
func (w *purse) worth(ctx context.Context, f fees) []rails.Worth {
	var all []rails.Worth
	for _, least := range w.sweepMin {
		if !w.authorizes(ctx, least.Asset()) {
			continue
		}
		worth := rails.Worth{Least: least, Leave: least.Asset().Zero()}
		if least.Asset().Kind == money.Native {
			gas := new(big.Int).Mul(f.limit, big.NewInt(coinGas*sweepRoom))
			worth.Leave = money.FromUnits(gas, least.Asset())
		}
		all = append(all, worth)
	}
	return all
}

// onSweeps looks after the sweeps of the coin: their senders are the addresses themselves. Those that count rest until a
// further block is final; before is the newest that was.
func (w *purse) onSweeps(ctx context.Context, journal rails.Journal, v view, before int64) error {
	open, err := w.config.Store.Sweeping(ctx, w.config.Network, sweepsOpen)
	if err != nil {
		return err
	}
	var faults []error
	for _, i := range open {
		if i.Channel != w.config.Name || (w.counts(i.Attempt) && v.stays == before) {
			continue
		}
		if err := w.lookAfter(ctx, journal, i); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", i.Attempt, err))
		}
	}
	return errors.Join(faults...)
}

// early reports whether a sweep should not be given to nodes again yet: after a reorganisation the deposit that it moves may
// have to come first, and without it the sweep would be carried out in vain. It is not waited for long, since payouts
// stand behind.
func (w *purse) early(ctx context.Context, i chain.Intent, last chain.Signed, v view) bool {
	if !i.Sweeps() || i.FinalTx == "" || v.head.Number-last.Height >= w.config.BumpAfter {
		return false
	}
	return reverted(w.rehearse(ctx, i))
}

// authorizationState asks a token whether an authorization was used: whoever answers knows EIP-3009.
var authorizationState = crypto.Keccak256([]byte("authorizationState(address,bytes32)"))[:4]

// authorizes reports whether a token moves by authorizations. One that does not stays where it is, which is said once.
func (w *purse) authorizes(ctx context.Context, asset money.Asset) bool {
	if able, asked := w.able[asset]; asked || asset.Kind == money.Native {
		return able || asset.Kind == money.Native
	}
	contract, err := w.contract(asset)
	if err != nil {
		return false
	}
	data := append(append([]byte{}, authorizationState...), make([]byte, 64)...)
	answer, err := w.node.call(ctx, ethereum.CallMsg{To: &contract, Data: data}, nil)
	if err != nil && !reverted(err) {
		return false // it is asked again with the next head
	}
	w.able[asset] = err == nil && len(answer) == 32
	if !w.able[asset] {
		w.config.Log.Warn("token knows no authorizations (EIP-3009) and is not swept", "channel", w.config.Name, "asset", asset)
	}
	return w.able[asset]
}
