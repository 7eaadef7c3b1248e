package onchain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

const (
	blocksMax = 100_000 // of one day
	holdsMax  = 2_000   // addresses whose balances are asked for; with more, none is said
)

// errBlocks is returned when a day has more blocks than are read.
var errBlocks = errors.New("day has too many blocks")

// Statement reads the final blocks of a day again, in UTC, and says what they moved between our wallets and others: whatever
// the watcher saw of them. Reading asks a node twice for each block. What a sweep moves stays ours, and has a row for its gas
// alone. The closing balances are those at the last of these blocks; a node that has forgotten that state says none.
func (r *Rail) Statement(ctx context.Context, day time.Time) (rails.Statement, error) {
	date := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC)
	s := rails.Statement{From: date, Until: date}
	v, err := r.node.survey(ctx)
	if err != nil {
		return s, r.fault(date, err)
	}
	last := v.stays
	if last < r.config.From {
		return s, nil
	}
	first, err := r.node.firstSince(ctx, max(r.config.From, 0), last, date)
	if err != nil {
		return s, r.fault(date, err)
	}
	next, err := r.node.firstSince(ctx, first, last, date.AddDate(0, 0, 1))
	if err != nil {
		return s, r.fault(date, err)
	}
	if next == first {
		return s, nil
	}
	if next-first > blocksMax {
		return s, r.fault(date, errBlocks)
	}
	w, err := r.wallets(ctx)
	if err != nil {
		return s, r.fault(date, err)
	}
	for number := first; number < next; number++ {
		rows, at, err := r.node.rows(ctx, number, w)
		if err != nil {
			return s, r.fault(date, err)
		}
		s.Movements, s.Until = append(s.Movements, rows...), at
	}
	if next <= last { // the day is over
		s.Until = date.AddDate(0, 0, 1)
	}
	if err := r.nameOwners(ctx, s.Movements); err != nil {
		return s, r.fault(date, err)
	}
	s.Closing = r.closing(ctx, w, date, big.NewInt(next-1))
	return s, nil
}

func (r *Rail) fault(date time.Time, err error) error {
	return fmt.Errorf("%s: statement of %s: %w", r.config.Name, date.Format(time.DateOnly), err)
}

// firstSince finds the first block from one to another whose time is not before a moment; behind them when there is none.
func (n *node) firstSince(ctx context.Context, from, to int64, moment time.Time) (int64, error) {
	to++
	for from < to {
		middle := from + (to-from)/2
		b, err := n.BlockAt(ctx, middle)
		if err != nil {
			return 0, err
		}
		if b.Time.Before(moment) {
			from = middle + 1
		} else {
			to = middle
		}
	}
	return from, nil
}

// wallets are our addresses on the chain: the one that payouts leave from, and those that were given out.
type wallets struct {
	hot   common.Address // zero when nothing is paid out
	given func(chain.Address) bool
}

func (w wallets) ours(a common.Address) bool {
	return w.hot == a && a != common.Address{} || w.given(chain.Address(a))
}

func (r *Rail) wallets(ctx context.Context) (wallets, error) {
	w := wallets{given: func(chain.Address) bool { return false }}
	var err error
	if r.book != nil {
		if w.given, err = chain.Given(ctx, r.config.Store, r.config.Name, r.book.derive); err != nil {
			return w, err
		}
	}
	if r.purse != nil {
		var hot string
		if hot, err = r.purse.address(ctx); err != nil {
			return w, err
		}
		w.hot = common.HexToAddress(hot)
	}
	return w, nil
}

// rows reads what one block moved between us and others, and its time.
func (n *node) rows(ctx context.Context, number int64, w wallets) (rows []rails.Movement, at time.Time, err error) {
	err = n.first(ctx, n.asked(), func(ctx context.Context, e *endpoint) error {
		rows = nil
		var full *body
		if err := e.rpc.CallContext(ctx, &full, "eth_getBlockByNumber", hexutil.Uint64(number), true); err != nil {
			return err
		}
		if full == nil || int64(full.Number) != number {
			return ethereum.NotFound
		}
		at = full.block().Time
		coins, err := n.coinRows(ctx, e, full, w)
		if err != nil {
			return err
		}
		tokens, err := n.tokenRows(ctx, e, full, w)
		rows = append(coins, tokens...)
		return err
	})
	if err != nil {
		err = fmt.Errorf("%w: read block %d: %w", chain.ErrBehind, number, err)
	}
	return rows, at, err
}

// coinRows are the transactions that move the coin to us or away, and what our own cost.
func (n *node) coinRows(ctx context.Context, e *endpoint, full *body, w wallets) ([]rails.Movement, error) {
	coin, _ := n.asset(common.Address{})
	var rows []rails.Movement
	for _, tx := range full.Transactions {
		sends := w.ours(tx.From)
		gets := tx.To != nil && w.ours(*tx.To) && (*big.Int)(tx.Value).Sign() > 0
		if !sends && !gets {
			continue
		}
		receipt, err := e.eth.TransactionReceipt(ctx, tx.Hash)
		if err != nil {
			return nil, err
		}
		if receipt.BlockHash != full.Hash {
			return nil, fmt.Errorf("transaction %s is not in block %s any more", tx.Hash, full.Hash)
		}
		t := chain.Transfer{Kind: chain.Native, Block: full.block(), Tx: tx.Hash.Hex()}
		if sends {
			cost := new(big.Int).Mul(new(big.Int).SetUint64(receipt.GasUsed), receipt.EffectiveGasPrice)
			if cost.Sign() > 0 {
				rows = append(rows, row(t, rails.Fee, money.FromUnits(cost, coin)))
			}
		}
		moved := (*big.Int)(tx.Value).Sign() > 0 && receipt.Status == types.ReceiptStatusSuccessful
		if kind, moves := direction(gets, sends); moves && moved {
			rows = append(rows, row(t, kind, money.FromUnits((*big.Int)(tx.Value), coin)))
		}
	}
	return rows, nil
}

// tokenRows are the transfers of allowed tokens to us or away.
func (n *node) tokenRows(ctx context.Context, e *endpoint, full *body, w wallets) ([]rails.Movement, error) {
	logs, err := n.tokenLogs(ctx, e, full.Hash)
	if err != nil {
		return nil, err
	}
	var rows []rails.Movement
	for _, l := range logs {
		asset, allowed := n.asset(l.Address)
		m, ok := readTransfer(l)
		if !ok || !allowed || m.units.Sign() == 0 {
			continue
		}
		if kind, moves := direction(w.ours(m.to), w.ours(m.from)); moves {
			t := chain.Transfer{Kind: chain.Token, Block: full.block(), Tx: l.TxHash.Hex(), Index: int64(l.Index)}
			rows = append(rows, row(t, kind, money.FromUnits(m.units, asset)))
		}
	}
	return rows, nil
}

// direction says what a transfer is to us, and whether it is anything: between our own wallets it is not.
func direction(toUs, fromUs bool) (kind rails.MovementKind, moves bool) {
	if toUs {
		return rails.Credit, !fromUs
	}
	return rails.Payout, fromUs
}

// row is a transfer as a statement has it: what comes in under the reference that its receipt has, what leaves under its
// transaction.
func row(t chain.Transfer, kind rails.MovementKind, amount money.Amount) rails.Movement {
	m := rails.Movement{ID: t.Reference(), Reference: t.Tx, Kind: kind, Amount: amount, BookedAt: t.Block.Time}
	if kind == rails.Credit {
		m.Reference = m.ID
	}
	return m
}

// nameOwners gives rows of our own transactions the names of what they were signed for.
func (r *Rail) nameOwners(ctx context.Context, rows []rails.Movement) error {
	var hashes []string
	for _, m := range rows {
		if m.Kind != rails.Credit {
			hashes = append(hashes, m.Reference)
		}
	}
	owners, err := r.config.Store.Owners(ctx, r.config.Network, hashes)
	for i, m := range rows {
		if owner := owners[m.Reference]; owner != "" && m.Kind != rails.Credit {
			rows[i].Reference = owner
		}
	}
	return err
}

// closing is what our wallets held at a block, by asset.
func (r *Rail) closing(ctx context.Context, w wallets, since time.Time, at *big.Int) []money.Amount {
	held, err := r.config.Store.Holding(ctx, r.config.Name, since, holdsMax+1)
	if err != nil || len(held) > holdsMax {
		r.config.Log.Warn("balances are not held against the books", "channel", r.config.Name, "addresses", len(held), "err", err)
		return nil
	}
	var all []money.Amount
	for contract, asset := range r.node.assets {
		total := asset.Zero()
		owners := []common.Address{w.hot}
		for _, place := range held {
			owners = append(owners, common.HexToAddress(place))
		}
		for _, owner := range owners {
			if owner == (common.Address{}) {
				continue
			}
			units, err := r.node.balance(ctx, owner, contract, at)
			if err != nil {
				r.config.Log.Warn("balances are not held against the books", "channel", r.config.Name, "block", at, "err", err)
				return nil
			}
			total = total.Add(money.FromUnits(units, asset))
		}
		all = append(all, total)
	}
	return all
}
