package onchain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

const pendingBlock = rpc.PendingBlockNumber

// Probe asks whether the chain is there, at its head, is watched, and is the one that was configured. A chain that is behind
// or halted is not well: payments over it would be delayed.
func (r *Rail) Probe(ctx context.Context) error {
	head, _, err := r.node.Head(ctx)
	if err != nil {
		return err
	}
	if err := r.watched(ctx, head); err != nil {
		return fmt.Errorf("%w: %w", breaker.ErrUnseen, err)
	}
	if r.scaled.Load() {
		return nil
	}
	for _, contract := range r.node.tokens {
		if err := r.checkDecimals(ctx, contract); err != nil {
			return err
		}
	}
	r.scaled.Store(true)
	return nil
}

// watched reports why what arrives on the chain is not credited for now, whoever watches it: the watcher halted, or what was
// scanned is too far behind the head, or our store does not say. Nothing scanned yet is no fault of the chain.
func (r *Rail) watched(ctx context.Context, head chain.Block) error {
	reason, err := r.config.Store.Halted(ctx, r.config.Name)
	if err != nil {
		return err
	}
	if reason != "" {
		return errors.New(reason)
	}
	tip, begun, err := r.config.Store.Tip(ctx, r.config.Name)
	if err != nil || !begun {
		return err
	}
	if late := head.Time.Sub(tip.Time); late > r.config.HeadAge {
		return fmt.Errorf("%w: block %d is the newest that was scanned, %s before block %d", chain.ErrBehind, tip.Number, late, head.Number)
	}
	return nil
}

// checkDecimals holds a token's own scale against the configured one: off by a factor, every amount would be wrong.
func (r *Rail) checkDecimals(ctx context.Context, contract common.Address) error {
	asset, _ := r.node.asset(contract)
	answer, err := r.node.call(ctx, ethereum.CallMsg{To: &contract, Data: decimalsCall}, nil)
	if err != nil {
		return fmt.Errorf("decimals of %s: %w", asset, err)
	}
	decimals, err := readWord(answer)
	if err != nil {
		return fmt.Errorf("decimals of %s: %w", asset, err)
	}
	if decimals.Cmp(big.NewInt(int64(asset.Exponent))) != 0 {
		return fmt.Errorf("%s has %s decimals on the chain and %d in the configuration", asset, decimals, asset.Exponent)
	}
	return nil
}

// Missing returns what was scanned and is not in the chain of the nodes. Since every block that was scanned follows the
// one before, it is enough to ask for the newest that is final, or the newest of all where none of them is: whatever was seen
// in it or below is in the chain with it.
func (r *Rail) Missing(ctx context.Context) ([]string, error) {
	row, ok, err := r.config.Store.Tip(ctx, r.config.Name)
	if err != nil || !ok {
		return nil, err
	}
	_, final, err := r.node.Head(ctx)
	if err != nil {
		return nil, err
	}
	if final >= 0 && final < row.Number {
		stays, scanned, err := r.config.Store.RowAt(ctx, r.config.Name, final)
		if err != nil {
			return nil, err
		}
		if scanned {
			row = stays
		}
	}
	b, err := r.node.BlockAt(ctx, row.Number)
	if err != nil {
		return nil, err
	}
	if b.Hash != row.Hash {
		return []string{fmt.Sprintf("%s: block %d was scanned as %s, and the nodes have %s", r.config.Name, row.Number, row.Hash, b.Hash)}, nil
	}
	return nil, nil
}

// call asks a contract, at a block or, with nil, at the newest.
func (n *node) call(ctx context.Context, m ethereum.CallMsg, at *big.Int) (answer []byte, err error) {
	err = n.first(ctx, n.asked(), func(ctx context.Context, e *endpoint) error {
		answer, err = e.eth.CallContract(ctx, m, at)
		return err
	})
	return answer, err
}

// balance returns what an address has of a token, or with the zero contract of the coin.
func (n *node) balance(ctx context.Context, owner, contract common.Address, at *big.Int) (units *big.Int, err error) {
	if contract != (common.Address{}) {
		answer, err := n.call(ctx, ethereum.CallMsg{To: &contract, Data: balanceData(owner)}, at)
		if err != nil {
			return nil, err
		}
		return readWord(answer)
	}
	err = n.first(ctx, n.asked(), func(ctx context.Context, e *endpoint) error {
		units, err = e.eth.BalanceAt(ctx, owner, at)
		return err
	})
	return units, err
}

// Accepts refuses a payout to an address that is none, or that nobody should be paid at.
func (r *Rail) Accepts(p payment.Payment) error {
	if p.Direction != fx.Send {
		return nil
	}
	if p.Order.Beneficiary == nil {
		return errors.New("beneficiary is missing")
	}
	to, network := p.Order.Beneficiary.Address, p.Order.Beneficiary.Network
	var faults []error
	check := func(ok bool, fault string) {
		if !ok {
			faults = append(faults, errors.New(fault))
		}
	}
	check(network == r.config.Network, "beneficiary's network is not "+r.config.Network)
	check(isAddress(to), "beneficiary's address is none, or its checksum (EIP-55) is wrong")
	if len(faults) == 0 {
		address := common.HexToAddress(to)
		check(address != (common.Address{}), "beneficiary's address is the zero address: what is sent there is lost")
		_, token := r.node.assets[address]
		check(!token, "beneficiary's address is the contract of a token: what is sent there is lost")
	}
	return errors.Join(faults...)
}

// sameAddress compares two addresses whatever their case.
func sameAddress(a, b string) bool { return strings.EqualFold(a, b) }
