package onchain

import (
	"context"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

// Destination reads an address, and returns it with its checksum. It refuses one at which nobody should be paid.
func (r *Rail) Destination(text string) (string, error) {
	if !isAddress(text) {
		return "", errors.New("it is no address, or its checksum (EIP-55) is wrong")
	}
	address := common.HexToAddress(text)
	if _, token := r.node.assets[address]; token { // the coin's is the zero address
		return "", errors.New("it is the zero address or the contract of a token: what is sent there is lost")
	}
	return address.Hex(), nil
}

// ReturnClaim pays what waits in a payment's claims from the wallet that payouts leave from, to the address that people
// named. It goes through the steps of a payout under the reference of o: whatever is repeated, it is carried out once.
func (r *Rail) ReturnClaim(ctx context.Context, _ payment.Attempt, o payment.Operation) (payment.Result, error) {
	return ofOperation(r.purse.returnClaim(ctx, o))
}

// returnClaim begins a return, or goes on with one that was begun. Until it has a nonce it only waits, and may be tried again.
func (w *purse) returnClaim(ctx context.Context, o payment.Operation) (payment.Result, error) {
	if w == nil {
		return payment.Result{}, errors.New("channel pays nothing out")
	}
	i, err := w.config.Store.Intent(ctx, o.ID)
	if err == nil {
		return w.goOn(ctx, i, payment.Attempt{})
	}
	if !errors.Is(err, chain.ErrNoIntent) {
		return payment.Result{}, err
	}
	if i, err = w.prepareReturn(ctx, o); err != nil {
		return w.refused(ctx, i, fmt.Errorf("return of a claim: %w", err))
	}
	return w.begin(ctx, i)
}

// prepareReturn makes the intent of a return, and holds it against what the chain would say now.
func (w *purse) prepareReturn(ctx context.Context, o payment.Operation) (i chain.Intent, err error) {
	wallet, err := w.address(ctx)
	if err != nil {
		return i, err
	}
	contract, err := w.contract(o.Amount.Asset())
	if err != nil {
		return i, err
	}
	i = chain.Intent{
		Attempt: o.ID, Channel: w.config.Name, Payout: o.ID, Network: w.config.Network, Sender: wallet, To: o.Destination,
		Amount: o.Amount, At: w.now(),
	}
	if contract != (common.Address{}) {
		i.Contract = contract.Hex()
	}
	if sameAddress(wallet, o.Destination) {
		return i, fmt.Errorf("%w: it would be paid to the wallet itself", errPointless)
	}
	if reason, err := w.config.Store.Halted(ctx, w.halt(wallet)); err != nil || reason != "" {
		return i, errors.Join(err, errors.New("wallet is halted: "+reason))
	}
	if _, _, err := w.node.Head(ctx); err != nil {
		return i, err
	}
	funds, err := w.node.balance(ctx, common.HexToAddress(wallet), contract, nil)
	if err != nil {
		return i, err
	}
	if funds.Cmp(o.Amount.Units()) < 0 { // payers' addresses are swept to it, or treasury fills it
		return i, errors.New("wallet has too little")
	}
	return i, w.rehearse(ctx, i)
}

// errPointless is returned for a return that must not be begun.
var errPointless = errors.New("return cannot be carried out")
