package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

var _ chain.Store = (*DB)(nil)

// Places returns the addresses given out at a channel after a number, in order of their numbers.
func (db *DB) Places(ctx context.Context, channel string, after int64, limit int) ([]chain.Place, error) {
	var places []chain.Place
	err := db.each(ctx, func(scan func(...any) error) error {
		var p chain.Place
		err := scan(&p.Number, &p.PayTo)
		places = append(places, p)
		return err
	}, `SELECT number, pay_to FROM attempts WHERE channel = ? AND number > ? AND pay_to <> '' ORDER BY number LIMIT ?`, channel, after, limit)
	return places, explain("places of "+channel, err)
}

// Tip returns the newest block that was begun and not dropped, and false when there is none.
func (db *DB) Tip(ctx context.Context, channel string) (chain.Row, bool, error) {
	row, ok, err := db.block(ctx, `WHERE channel = ? AND state <> 'dropped' ORDER BY number DESC LIMIT 1`, channel)
	return row, ok, explain("tip of "+channel, err)
}

// RowAt returns the block of that number that was begun and not dropped, and false when there is none.
func (db *DB) RowAt(ctx context.Context, channel string, number int64) (chain.Row, bool, error) {
	row, ok, err := db.block(ctx, `WHERE channel = ? AND number = ? AND state <> 'dropped'`, channel, number)
	return row, ok, explain(fmt.Sprintf("block %d of %s", number, channel), err)
}

func (db *DB) block(ctx context.Context, where string, args ...any) (row chain.Row, ok bool, err error) {
	err = db.each(ctx, func(scan func(...any) error) error {
		row, err = scanBlock(scan)
		ok = true
		return err
	}, `SELECT number, hash, parent, time, state FROM chain_blocks `+where, args...)
	return row, ok, err
}

func scanBlock(scan func(...any) error) (row chain.Row, err error) {
	var at int64
	var state string
	err = scan(&row.Number, &row.Hash, &row.Parent, &at, &state)
	row.Time, row.Scanned = fromMicros(at), state == "scanned"
	return row, err
}

// BeginBlock keeps a block and what it holds for us. It returns chain.ErrOutOfLine unless the block is the first, or
// follows the newest one. Begun again, it changes nothing. A block that was dropped and came back begins anew.
func (db *DB) BeginBlock(ctx context.Context, channel string, b chain.Block, found []chain.Transfer, now time.Time) error {
	err := db.transact(ctx, func(tx *tx) error {
		begun, err := tx.exists(ctx, `SELECT 1 FROM chain_blocks WHERE channel = ? AND hash = ? AND state <> 'dropped'`, channel, b.Hash)
		if err != nil || begun {
			return err
		}
		n, err := tx.exec(ctx, `
			INSERT INTO chain_blocks (channel, hash, number, parent, time, state, at)
			SELECT channel, hash, number, parent, time, state, at
			FROM (SELECT CAST(? AS TEXT) AS channel, CAST(? AS TEXT) AS hash, CAST(? AS BIGINT) AS number, CAST(? AS TEXT) AS parent,
				CAST(? AS BIGINT) AS time, CAST('begun' AS TEXT) AS state, CAST(? AS BIGINT) AS at) b
			WHERE NOT EXISTS (SELECT 1 FROM chain_blocks t WHERE t.channel = b.channel AND t.state <> 'dropped')
				OR (b.number = (SELECT MAX(t.number) + 1 FROM chain_blocks t WHERE t.channel = b.channel AND t.state <> 'dropped')
					AND EXISTS (SELECT 1 FROM chain_blocks t WHERE t.channel = b.channel AND t.hash = b.parent AND t.state <> 'dropped'))
			ON CONFLICT (channel, hash) DO UPDATE SET state = 'begun', at = excluded.at`,
			channel, b.Hash, b.Number, b.Parent, micros(b.Time), micros(now))
		if violates(err, "one_block", "chain_blocks.channel, chain_blocks.number") {
			return chain.ErrOutOfLine
		}
		if err = taken(n, err, chain.ErrOutOfLine); err != nil {
			return err
		}
		for _, t := range found {
			if _, err := tx.exec(ctx, `
				INSERT INTO chain_transfers (channel, reference, kind, block, tx, log, sender, pay_to, contract, asset, amount, told)
				VALUES `+rows(1, 12)+` ON CONFLICT (channel, reference) DO UPDATE SET told = ''`,
				channel, t.Reference(), t.Kind, t.Block.Hash, t.Tx, t.Index, t.From, t.To, t.Contract, t.Amount.Asset().String(),
				t.Amount.Value(), ""); err != nil {
				return err
			}
		}
		return nil
	})
	return explainChain(fmt.Sprintf("begin block %d of %s", b.Number, channel), err)
}

// EndBlock notes that everything in the block was told.
func (db *DB) EndBlock(ctx context.Context, channel, hash string) error {
	_, err := db.exec(ctx, `UPDATE chain_blocks SET state = 'scanned' WHERE channel = ? AND hash = ? AND state = 'begun'`, channel, hash)
	return explain("end block "+hash, err)
}

// DropBlock notes that the newest block is not in the chain any more. It returns chain.ErrOutOfLine when it is not the newest.
func (db *DB) DropBlock(ctx context.Context, channel, hash string) error {
	n, err := db.exec(ctx, `
		UPDATE chain_blocks SET state = 'dropped' WHERE channel = ? AND hash = ? AND state <> 'dropped'
			AND number = (SELECT MAX(t.number) FROM chain_blocks t WHERE t.channel = ? AND t.state <> 'dropped')`, channel, hash, channel)
	return explainChain("drop block "+hash, taken(n, err, chain.ErrOutOfLine))
}

const transferSelect = `
	SELECT t.kind, t.tx, t.log, t.sender, t.pay_to, t.contract, t.asset, t.amount, b.number, b.hash, b.parent, b.time
	FROM chain_transfers t JOIN chain_blocks b ON b.channel = t.channel AND b.hash = t.block `

func (db *DB) transfers(ctx context.Context, where string, args ...any) ([]chain.Transfer, error) {
	var found []chain.Transfer
	err := db.each(ctx, func(scan func(...any) error) error {
		var t chain.Transfer
		var asset, amount string
		var at int64
		if err := scan(&t.Kind, &t.Tx, &t.Index, &t.From, &t.To, &t.Contract, &asset, &amount,
			&t.Block.Number, &t.Block.Hash, &t.Block.Parent, &at); err != nil {
			return err
		}
		var d decoder
		t.Amount, t.Block.Time = d.amount("amount", amount, d.asset("asset", asset)), fromMicros(at)
		found = append(found, t)
		return d.err
	}, transferSelect+where, args...)
	return found, err
}

// Open returns the transfers of blocks in the chain that do not count yet, oldest first: those not told as credited, and
// those told as orphaned since.
func (db *DB) Open(ctx context.Context, channel string, limit int) ([]chain.Transfer, error) {
	found, err := db.transfers(ctx, `
		WHERE t.channel = ? AND b.state <> 'dropped' AND t.reference IN (
			SELECT o.reference FROM chain_transfers o WHERE o.channel = ? AND o.told IN ('', 'orphaned')
			UNION ALL SELECT r.reference FROM receipts r WHERE r.channel = ? AND r.state = 'orphaned')
		ORDER BY b.number, t.reference LIMIT ?`, channel, channel, channel, limit)
	return found, explain("open transfers of "+channel, err)
}

// At returns the transfers to one address in blocks that are in the chain.
func (db *DB) At(ctx context.Context, channel, payTo string) ([]chain.Transfer, error) {
	found, err := db.transfers(ctx, `WHERE t.channel = ? AND t.pay_to = ? AND b.state <> 'dropped' ORDER BY b.number, t.reference`, channel, payTo)
	return found, explain("transfers at "+payTo, err)
}

// Dropped returns the transfers to one address in blocks that were replaced.
func (db *DB) Dropped(ctx context.Context, channel, payTo string) ([]chain.Transfer, error) {
	found, err := db.transfers(ctx, `WHERE t.channel = ? AND t.pay_to = ? AND b.state = 'dropped' ORDER BY b.number, t.reference`, channel, payTo)
	return found, explain("transfers dropped at "+payTo, err)
}

// Gone returns the transfers of dropped blocks that were not told as orphaned, or were told as something else since.
func (db *DB) Gone(ctx context.Context, channel string, limit int) ([]chain.Transfer, error) {
	found, err := db.transfers(ctx, `
		WHERE t.channel = ? AND b.state = 'dropped' AND (t.told <> 'orphaned' OR EXISTS (
			SELECT 1 FROM receipts r WHERE r.channel = t.channel AND r.reference = t.reference AND r.state <> 'orphaned'))
		ORDER BY b.number, t.reference LIMIT ?`, channel, limit)
	return found, explain("transfers gone from "+channel, err)
}

// Credited notes that a transfer was told as credited.
func (db *DB) Credited(ctx context.Context, channel, reference string) error {
	return db.told(ctx, channel, reference, "credited")
}

// Orphaned notes that a transfer was told as orphaned.
func (db *DB) Orphaned(ctx context.Context, channel, reference string) error {
	return db.told(ctx, channel, reference, "orphaned")
}

func (db *DB) told(ctx context.Context, channel, reference, word string) error {
	_, err := db.exec(ctx, `UPDATE chain_transfers SET told = ? WHERE channel = ? AND reference = ?`, word, channel, reference)
	return explain(word+" "+reference, err)
}

// ToldTo notes the newest block that cannot be taken back any more and of which everything was told.
func (db *DB) ToldTo(ctx context.Context, channel string, number int64) error {
	_, err := db.exec(ctx, `INSERT INTO chain_told (channel, number) VALUES (?, ?)
		ON CONFLICT (channel) DO UPDATE SET number = excluded.number`, channel, number)
	return explain("told of "+channel, err)
}

// exists reports whether a query finds anything.
func (tx *tx) exists(ctx context.Context, text string, args ...any) (bool, error) {
	found, err := tx.query(ctx, text, args...)
	if err != nil {
		return false, err
	}
	defer found.Close()
	return found.Next(), found.Err()
}

// explainChain names the operation, and keeps what a chain's rules refused.
func explainChain(operation string, err error) error {
	for _, refused := range []error{chain.ErrOutOfLine, chain.ErrInFlight, chain.ErrAbandoned, chain.ErrNoIntent} {
		if errors.Is(err, refused) {
			return fmt.Errorf("%s: %w", operation, err)
		}
	}
	return explain(operation, err)
}
