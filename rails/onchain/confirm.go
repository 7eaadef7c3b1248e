package onchain

import (
	"context"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

// errGone is returned when a transfer is not where it was seen.
var errGone = errors.New("transfer is not where it was seen")

// Confirm reads a transfer again before it counts. A large one has to stand on two nodes, where there are several.
func (n *node) Confirm(ctx context.Context, t chain.Transfer, large bool) error {
	witnesses := 1
	if large && len(n.endpoints) > 1 {
		witnesses = 2
	}
	var faults []error
	for _, e := range n.asked() {
		err := n.with(ctx, e, false, func(ctx context.Context, e *endpoint) error { return n.standsOn(ctx, e, t) })
		if errors.Is(err, errGone) {
			return err // a node that denies it outweighs one that does not
		}
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if witnesses--; witnesses == 0 {
			return nil
		}
	}
	return fmt.Errorf("%w: too few nodes confirm %s: %w", chain.ErrBehind, t.Tx, errors.Join(faults...))
}

// standsOn asks one node for the transfer, and for the block at its height.
func (n *node) standsOn(ctx context.Context, e *endpoint, t chain.Transfer) error {
	b, err := n.blockFrom(ctx, []*endpoint{e}, t.Block.Number)
	if err != nil {
		return err
	}
	if b.Hash != t.Block.Hash {
		return fmt.Errorf("%w: %s has another block %d", errGone, e.name, t.Block.Number)
	}
	receipt, err := e.eth.TransactionReceipt(ctx, common.HexToHash(t.Tx))
	if err != nil {
		return err
	}
	if receipt.BlockHash.Hex() != t.Block.Hash || receipt.Status != types.ReceiptStatusSuccessful {
		return fmt.Errorf("%w: %s says otherwise of %s", errGone, e.name, t.Tx)
	}
	if t.Kind == chain.Native {
		return n.coinStands(ctx, e, t)
	}
	for _, l := range receipt.Logs {
		m, ok := readTransfer(*l)
		asset, allowed := n.asset(l.Address)
		if ok && allowed && int64(l.Index) == t.Index && l.Address.Hex() == t.Contract && m.to.Hex() == t.To &&
			money.FromUnits(m.units, asset).Equal(t.Amount) {
			return nil
		}
	}
	return fmt.Errorf("%w: %s has no such log in %s", errGone, e.name, t.Tx)
}

func (n *node) coinStands(ctx context.Context, e *endpoint, t chain.Transfer) error {
	tx, _, err := e.eth.TransactionByHash(ctx, common.HexToHash(t.Tx))
	if err != nil {
		return err
	}
	coin, _ := n.asset(common.Address{})
	if tx.To() == nil || tx.To().Hex() != t.To || !money.FromUnits(tx.Value(), coin).Equal(t.Amount) {
		return fmt.Errorf("%w: %s has another transaction %s", errGone, e.name, t.Tx)
	}
	return nil
}
