package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"math/big"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

var _ chain.Wallet = (*DB)(nil)

// Reserve gives an intent the next nonce of its sender: the lowest that was given up, else the one after the highest, else
// mined. An intent that is known comes back as it is. It returns chain.ErrInFlight and chain.ErrAbandoned. The nonces below
// mined are used up in the newest block: whoever has one takes no place among chain.InFlightMax.
func (db *DB) Reserve(ctx context.Context, i chain.Intent, mined int64) (chain.Intent, error) {
	err := db.transact(ctx, func(tx *tx) error {
		// One after the other for each sender, on both databases: who counts must not be overtaken.
		if _, err := tx.exec(ctx, `INSERT INTO serials (name, last) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET last = serials.last + 1`,
			"wallet:"+i.Network+":"+i.Sender); err != nil {
			return err
		}
		known, err := tx.exists(ctx, `SELECT 1 FROM chain_intents WHERE attempt = ?`, i.Attempt)
		if err != nil || known {
			return err
		}
		open, nonce, err := tx.nextNonce(ctx, i, mined)
		if err != nil {
			return err
		}
		if open >= i.Places() {
			return chain.ErrInFlight
		}
		return tx.insertIntent(ctx, i, nonce, chain.Reserved)
	})
	if err != nil {
		return i, explainChain("reserve for "+i.Attempt, err)
	}
	stored, err := db.Intent(ctx, i.Attempt)
	if err == nil && stored.State == chain.Abandoned {
		err = explainChain("reserve for "+i.Attempt, chain.ErrAbandoned)
	}
	return stored, err
}

// nextNonce counts the intents of a sender that no block has yet, and chooses its next nonce.
func (tx *tx) nextNonce(ctx context.Context, i chain.Intent, mined int64) (open int, nonce int64, err error) {
	row := tx.QueryRowContext(ctx, tx.rewrite(`
		SELECT
			(SELECT COUNT(*) FROM chain_intents WHERE network = ? AND sender = ? AND state IN ('reserved', 'signed', 'canceling') AND nonce >= ?),
			COALESCE(
				(SELECT MIN(g.nonce) FROM chain_intents g WHERE g.network = ? AND g.sender = ? AND g.state = 'abandoned' AND g.nonce >= 0
					AND NOT EXISTS (SELECT 1 FROM chain_intents u WHERE u.network = g.network AND u.sender = g.sender AND u.nonce = g.nonce AND u.state <> 'abandoned')),
				(SELECT MAX(nonce) + 1 FROM chain_intents WHERE network = ? AND sender = ? AND nonce >= 0),
				?)`),
		i.Network, i.Sender, mined, i.Network, i.Sender, i.Network, i.Sender, mined)
	err = row.Scan(&open, &nonce)
	return open, nonce, err
}

func (tx *tx) insertIntent(ctx context.Context, i chain.Intent, nonce int64, state chain.State) error {
	_, err := tx.exec(ctx, `
		INSERT INTO chain_intents (attempt, channel, payout, network, sender, nonce, dest, contract, asset, amount, state, final_tx, at, place, number)
		VALUES `+rows(1, 15),
		i.Attempt, i.Channel, i.Payout, i.Network, i.Sender, nonce, i.To, i.Contract, i.Amount.Asset().String(), i.Amount.Value(),
		state, "", micros(i.At), i.Place, i.Number)
	return err
}

const intentSelect = `SELECT attempt, channel, payout, network, sender, nonce, dest, contract, asset, amount, state, final_tx, at, place, number FROM chain_intents `

func scanIntent(scan func(...any) error) (chain.Intent, error) {
	var i chain.Intent
	var asset, amount string
	var at int64
	err := scan(&i.Attempt, &i.Channel, &i.Payout, &i.Network, &i.Sender, &i.Nonce, &i.To, &i.Contract, &asset, &amount, &i.State, &i.FinalTx, &at, &i.Place, &i.Number)
	if err != nil {
		return i, err
	}
	var d decoder
	i.Amount, i.At = d.amount("amount", amount, d.asset("asset", asset)), fromMicros(at)
	return i, d.err
}

// Intent returns what is known of an attempt. It returns chain.ErrNoIntent when it never came here.
func (db *DB) Intent(ctx context.Context, attempt string) (chain.Intent, error) {
	found, err := db.intents(ctx, `WHERE attempt = ?`, attempt)
	if err == nil && len(found) == 0 {
		err = chain.ErrNoIntent
	}
	if err != nil {
		return chain.Intent{}, explainChain("intent of "+attempt, err)
	}
	return found[0], nil
}

// InFlight returns the open intents of a sender in order of their nonces.
func (db *DB) InFlight(ctx context.Context, network, sender string) ([]chain.Intent, error) {
	found, err := db.intents(ctx, `WHERE network = ? AND sender = ? AND state IN ('reserved', 'signed', 'canceling') ORDER BY nonce`, network, sender)
	return found, explainChain("intents of "+sender, err)
}

// Sweeping returns the open intents of a network whose sender is the place itself that they empty, oldest first.
func (db *DB) Sweeping(ctx context.Context, network string, limit int) ([]chain.Intent, error) {
	found, err := db.intents(ctx, `WHERE network = ? AND place <> '' AND sender = place AND state IN ('reserved', 'signed', 'canceling') ORDER BY at, attempt LIMIT ?`, network, limit)
	return found, explainChain("sweeps on "+network, err)
}

func (db *DB) intents(ctx context.Context, where string, args ...any) ([]chain.Intent, error) {
	var found []chain.Intent
	err := db.each(ctx, func(scan func(...any) error) error {
		i, err := scanIntent(scan)
		found = append(found, i)
		return err
	}, intentSelect+where, args...)
	for n := range found {
		if err == nil {
			found[n].Signed, err = db.signed(ctx, found[n].Attempt)
		}
	}
	return found, err
}

func (db *DB) signed(ctx context.Context, attempt string) ([]chain.Signed, error) {
	var all []chain.Signed
	err := db.each(ctx, func(scan func(...any) error) error {
		var s chain.Signed
		var raw, tip, limit string
		if err := scan(&s.Hash, &s.Purpose, &raw, &tip, &limit, &s.Gas, &s.Height); err != nil {
			return err
		}
		var err error
		s.Raw, err = hex.DecodeString(raw)
		s.Tip, _ = new(big.Int).SetString(tip, 10)
		s.Cap, _ = new(big.Int).SetString(limit, 10)
		all = append(all, s)
		return err
	}, `SELECT hash, kind, raw, tip, fee_cap, gas, height FROM chain_transactions WHERE attempt = ? ORDER BY no`, attempt)
	return all, err
}

// Abandon gives up an intent of which nothing was signed, known or not, and reports whether it is given up. One that was
// not known is kept as given up, so that whoever is late with it finds that.
func (db *DB) Abandon(ctx context.Context, i chain.Intent) (bool, error) {
	given := false
	err := db.transact(ctx, func(tx *tx) error {
		if _, err := tx.exec(ctx, `INSERT INTO serials (name, last) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET last = serials.last + 1`,
			"wallet:"+i.Network+":"+i.Sender); err != nil {
			return err
		}
		known, err := tx.exists(ctx, `SELECT 1 FROM chain_intents WHERE attempt = ?`, i.Attempt)
		if err != nil {
			return err
		}
		if !known {
			given = true
			return tx.insertIntent(ctx, i, -1, chain.Abandoned)
		}
		n, err := tx.exec(ctx, `UPDATE chain_intents SET state = 'abandoned' WHERE attempt = ? AND state IN ('reserved', 'abandoned')`, i.Attempt)
		given = n == 1
		return err
	})
	return given, explainChain("abandon "+i.Attempt, err)
}

// Keep stores a signed transaction. It returns chain.ErrAbandoned when the intent was given up, or is being canceled and
// this one pays, or was told as paid and this one cancels.
func (db *DB) Keep(ctx context.Context, attempt string, s chain.Signed, now time.Time) error {
	state, from := chain.Sent, `('reserved', 'signed')`
	if s.Purpose == chain.Cancel {
		state, from = chain.Canceling, `('signed', 'canceling', 'reserved') AND final_tx = ''`
	}
	err := db.transact(ctx, func(tx *tx) error {
		known, err := tx.exists(ctx, `SELECT 1 FROM chain_transactions WHERE hash = ? AND attempt = ?`, s.Hash, attempt)
		if err != nil || known {
			return err
		}
		n, err := tx.exec(ctx, `UPDATE chain_intents SET state = ? WHERE attempt = ? AND state IN `+from, state, attempt)
		if err = taken(n, err, chain.ErrAbandoned); err != nil {
			return err
		}
		var no sql.NullInt64
		if err := tx.QueryRowContext(ctx, tx.rewrite(`SELECT MAX(no) FROM chain_transactions WHERE attempt = ?`), attempt).Scan(&no); err != nil {
			return err
		}
		_, err = tx.exec(ctx, `INSERT INTO chain_transactions (hash, attempt, no, kind, raw, tip, fee_cap, gas, height, at) VALUES `+rows(1, 10),
			s.Hash, attempt, no.Int64+1, s.Purpose, hex.EncodeToString(s.Raw), s.Tip.String(), s.Cap.String(), s.Gas, s.Height, micros(now))
		return err
	})
	return explainChain("keep what was signed for "+attempt, err)
}

// Count notes with which transaction an open intent is told as paid, before it is final. It returns chain.ErrAbandoned when
// the intent is being canceled.
func (db *DB) Count(ctx context.Context, attempt, hash string) error {
	n, err := db.exec(ctx, `UPDATE chain_intents SET final_tx = ? WHERE attempt = ? AND state = 'signed'`, hash, attempt)
	return explainChain("count "+attempt, taken(n, err, chain.ErrAbandoned))
}

// Finish notes which transaction of an intent is final.
func (db *DB) Finish(ctx context.Context, attempt, hash string) error {
	_, err := db.exec(ctx, `UPDATE chain_intents SET state = 'final', final_tx = ? WHERE attempt = ? AND state IN ('signed', 'canceling')`, hash, attempt)
	return explain("finish "+attempt, err)
}

// Usurp notes that an intent's nonce was used by a transaction that is not ours, and is final.
func (db *DB) Usurp(ctx context.Context, attempt string) error {
	_, err := db.exec(ctx, `UPDATE chain_intents SET state = 'usurped' WHERE attempt = ? AND state IN ('reserved', 'signed', 'canceling')`, attempt)
	return explain("usurp "+attempt, err)
}

// Gap returns the lowest nonce that was given up while a higher one is used, and false when there is none.
func (db *DB) Gap(ctx context.Context, network, sender string) (int64, bool, error) {
	var nonce sql.NullInt64
	err := db.queryRow(ctx, `
		SELECT MIN(g.nonce) FROM chain_intents g WHERE g.network = ? AND g.sender = ? AND g.state = 'abandoned' AND g.nonce >= 0
			AND NOT EXISTS (SELECT 1 FROM chain_intents u WHERE u.network = g.network AND u.sender = g.sender AND u.nonce = g.nonce AND u.state <> 'abandoned')
			AND EXISTS (SELECT 1 FROM chain_intents h WHERE h.network = g.network AND h.sender = g.sender AND h.nonce > g.nonce AND h.state <> 'abandoned')`,
		network, sender).Scan(&nonce)
	return nonce.Int64, nonce.Valid, explain("gap of "+sender, err)
}

// Owners returns the names of the intents that transactions were signed for, by their hashes.
func (db *DB) Owners(ctx context.Context, network string, hashes []string) (map[string]string, error) {
	owners := map[string]string{}
	err := db.snapshot(ctx, func(tx *tx) error {
		for page := range slices.Chunk(hashes, pageMax) {
			err := tx.each(ctx, func(scan func(...any) error) error {
				var hash, attempt string
				err := scan(&hash, &attempt)
				owners[hash] = attempt
				return err
			}, `SELECT x.hash, x.attempt FROM chain_transactions x JOIN chain_intents i ON i.attempt = x.attempt
				WHERE i.network = ? AND x.hash IN `+rows(1, len(page)), append([]any{network}, texts(page)...)...)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return owners, explain("owners of transactions", err)
}
