package store

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// posting is entries that become true in one moment.
type posting struct {
	step    *step      // that they belong to; nil: to no payment
	payment payment.ID // empty: to none
	at      time.Time
	entries []ledger.Entry
	floors  []ledger.Account
}

// postings are what steps book.
func postings(batch []*step) []posting {
	var all []posting
	for _, s := range batch {
		if len(s.Entries) > 0 {
			all = append(all, posting{s, s.After.ID, s.After.UpdatedAt, s.Entries, s.Floors})
		}
	}
	return all
}

var (
	entryTable   = newTable("entries", "id, payment, created_at int")
	postingTable = newTable("postings", "entry, no int, account, asset, amount dec")
	balanceTable = newTable("balances", "account, asset, amount dec")
)

// post writes entries with their postings and balances, and what was left to flush before it. An entry that is there already
// changes nothing, whoever posts it again.
func (tx *tx) post(ctx context.Context, all ...posting) error {
	fresh, err := tx.newEntries(ctx, all)
	if err != nil {
		return err
	}
	var values []any
	sum := map[balanceKey]money.Amount{}
	moves := make([]map[balanceKey]money.Amount, len(all))
	for i, p := range all {
		moves[i] = map[balanceKey]money.Amount{}
		for _, e := range p.entries {
			if !fresh[e.ID] {
				continue
			}
			for no, posting := range e.Postings {
				key := balanceKey{string(posting.Account), posting.Amount.Asset().String()}
				values = append(values, e.ID, no+1, key.account, key.asset, posting.Amount.Value())
				add(sum, key, posting.Amount)
				add(moves[i], key, posting.Amount)
			}
		}
	}
	tx.insert(postingTable, values, nil)
	stand := tx.addBalances(sum)
	if err := tx.flush(ctx); err != nil {
		return err
	}
	for key, total := range sum {
		stand[key] = stand[key].Sub(total)
	}
	stood := maps.Clone(stand)
	for i, p := range all {
		if p.overdraws(stand, moves[i]) {
			p.step.crowded = !p.overdraws(stood, moves[i])
			err = p.step.refuse(payment.ErrInsufficient) // and who comes behind it has what it would have taken
			continue
		}
		for key, amount := range moves[i] {
			add(stand, key, amount)
		}
	}
	return err
}

// overdraws reports whether its moves take a balance below a floor of the posting, from what stands before them.
func (p posting) overdraws(stand, moves map[balanceKey]money.Amount) bool {
	for key, amount := range moves {
		account := ledger.Account(key.account)
		if slices.Contains(p.floors, account) && account.Balance(stand[key].Add(amount)).Sign() < 0 {
			return true
		}
	}
	return false
}

// newEntries inserts the entries that are not there yet, with what was left to flush before it, and returns which those are. Those
// of one posting are a microsecond apart, so that they are read, and sealed, in the order in which the step books them.
func (tx *tx) newEntries(ctx context.Context, all []posting) (fresh map[string]bool, err error) {
	var values []any
	for _, p := range all {
		for i, e := range p.entries {
			if err := e.Check(); err != nil {
				return nil, fmt.Errorf("%w: %w", errEntry, err)
			}
			values = append(values, e.ID, p.payment, micros(p.at)+int64(i))
		}
	}
	fresh = map[string]bool{}
	tx.insertNew(entryTable, values, `id`, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		fresh[id] = true
		return err
	}, nil)
	return fresh, tx.flush(ctx)
}

type balanceKey struct{ account, asset string }

func add(to map[balanceKey]money.Amount, key balanceKey, amount money.Amount) {
	if sum, ok := to[key]; ok {
		amount = sum.Add(amount)
	}
	to[key] = amount
}

// addBalances has flush move balances, in the order of their keys so that two transactions cannot lock each other out, and put
// what stands on each then into what it returns.
func (tx *tx) addBalances(sums map[balanceKey]money.Amount) (stand map[balanceKey]money.Amount) {
	stand = map[balanceKey]money.Amount{}
	if len(sums) == 0 {
		return stand
	}
	keys := slices.SortedFunc(maps.Keys(sums), func(a, b balanceKey) int {
		return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.asset, b.asset))
	})
	var values []any
	for _, key := range keys {
		values = append(values, key.account, key.asset, sums[key].Value())
	}
	from, args := tx.rowsOf(balanceTable, values)
	tx.later(statement{
		text: `INSERT INTO balances (account, asset, amount) SELECT account, asset, amount FROM ` + from + ` WHERE true
			ON CONFLICT (account, asset) DO UPDATE SET amount = dec_add(balances.amount, excluded.amount)
			RETURNING account, asset, amount`,
		args: args,
		row: func(scan func(...any) error) error {
			b, err := scanBalance(scan)
			if err == nil {
				stand[balanceKey{string(b.Account), b.Amount.Asset().String()}] = b.Amount
			}
			return err
		},
	})
	return stand
}

func scanBalance(scan func(...any) error) (ledger.Balance, error) {
	var b ledger.Balance
	var asset, amount string
	if err := scan(&b.Account, &asset, &amount); err != nil {
		return b, err
	}
	var d decoder
	b.Amount = d.amount("amount", amount, d.asset("asset", asset))
	return b, d.err
}

// Balance returns what stands on an account in an asset, as the account's normal side shows it.
func (db *DB) Balance(ctx context.Context, account ledger.Account, asset money.Asset) (money.Amount, error) {
	all, err := db.balances(ctx, `WHERE account = ? AND asset = ?`, string(account), asset.String())
	if err != nil || len(all) == 0 {
		return asset.Zero(), explain("balance of "+string(account), err)
	}
	return account.Balance(all[0].Amount), nil
}

// Balances returns what a merchant is owed: every account of it, in every asset, as the accounts' normal side shows it.
func (db *DB) Balances(ctx context.Context, merchant string) ([]ledger.Balance, error) {
	accounts := []any{
		string(ledger.MerchantPending(merchant)), string(ledger.MerchantAvailable(merchant)), string(ledger.MerchantReserved(merchant)),
	}
	all, err := db.balances(ctx, `WHERE account IN `+rows(1, len(accounts))+` ORDER BY asset, account`, accounts...)
	for i, b := range all {
		all[i].Amount = b.Account.Balance(b.Amount)
	}
	return all, explain("balances of "+merchant, err)
}

func (db *DB) balances(ctx context.Context, where string, args ...any) ([]ledger.Balance, error) {
	var all []ledger.Balance
	err := db.each(ctx, func(scan func(...any) error) error {
		b, err := scanBalance(scan)
		all = append(all, b)
		return err
	}, `SELECT account, asset, amount FROM balances `+where, args...)
	return all, err
}

// Entries returns the ledger entries of a payment, oldest first.
func (db *DB) Entries(ctx context.Context, id payment.ID) ([]ledger.Entry, error) {
	var entries []ledger.Entry
	err := db.each(ctx, gather(&entries), `
		SELECT e.id, p.account, p.asset, p.amount FROM entries e JOIN postings p ON p.entry = e.id
		WHERE e.payment = ? ORDER BY e.created_at, e.id, p.no`, id)
	return entries, explain("entries of "+string(id), err)
}

// Entry returns one entry. It returns payment.ErrNotFound when there is none.
func (db *DB) Entry(ctx context.Context, id string) (ledger.Entry, error) {
	var found []ledger.Entry
	err := db.each(ctx, gather(&found), `
		SELECT e.id, p.account, p.asset, p.amount FROM entries e JOIN postings p ON p.entry = e.id WHERE e.id = ? ORDER BY p.no`, id)
	if err == nil && len(found) == 0 {
		err = payment.ErrNotFound
	}
	if err != nil {
		return ledger.Entry{}, explain("entry "+id, err)
	}
	return found[0], nil
}

// gather collects rows of (entry, account, asset, amount), in order of entry, into entries.
func gather(entries *[]ledger.Entry) func(scan func(...any) error) error {
	return func(scan func(...any) error) error {
		var id, account, asset, amount string
		if err := scan(&id, &account, &asset, &amount); err != nil {
			return err
		}
		var d decoder
		posting := ledger.Posting{Account: ledger.Account(account), Amount: d.amount("amount", amount, d.asset("asset", asset))}
		if n := len(*entries); n == 0 || (*entries)[n-1].ID != id {
			*entries = append(*entries, ledger.Entry{ID: id})
		}
		last := &(*entries)[len(*entries)-1]
		last.Postings = append(last.Postings, posting)
		return d.err
	}
}

var (
	looseTable = newTable("", "place int, this")
	sealTable  = newTable("seals", "no int, entry, hash, sealed_at int")
)

// Seal appends committed entries to the hash chain, at most limit of them, and returns how many. It looks at entries
// written since the given moment; the zero time is everything. Two sealers cannot fork the chain: a link's number is its
// primary key, and the second to use it is refused.
func (db *DB) Seal(ctx context.Context, since, now time.Time, limit int) (int, error) {
	var loose []any
	err := db.each(ctx, func(scan func(...any) error) error {
		var entry string
		err := scan(&entry)
		loose = append(loose, len(loose), entry)
		return err
	}, `SELECT id FROM entries WHERE created_at >= ? AND NOT EXISTS (SELECT 1 FROM seals WHERE seals.entry = entries.id)
		ORDER BY created_at, id LIMIT ?`, micros(since), limit)
	if err != nil || len(loose) == 0 {
		return 0, explain("seal", err)
	}
	var entries []ledger.Entry
	from, args := db.rowsOf(looseTable, loose)
	err = db.each(ctx, gather(&entries), `
		SELECT v.this, p.account, p.asset, p.amount FROM `+from+` JOIN postings p ON p.entry = v.this ORDER BY v.place, p.no`, args...)
	if err != nil {
		return 0, explain("seal", err)
	}
	no, head, err := db.Head(ctx)
	if err != nil {
		return 0, err
	}
	var links []any
	for i, e := range entries {
		head = ledger.Hash(head, e)
		links = append(links, no+int64(i)+1, e.ID, hex.EncodeToString(head[:]), micros(now))
	}
	from, args = db.rowsOf(sealTable, links)
	_, err = db.exec(ctx, `INSERT INTO seals (`+sealTable.names()+`) SELECT `+sealTable.names()+` FROM `+from, args...)
	return len(entries), explain("seal", err)
}

// SealedUntil returns when the entry that was sealed last was made, and the zero time when none was.
func (db *DB) SealedUntil(ctx context.Context) (time.Time, error) {
	var at int64
	err := db.queryRow(ctx, `SELECT `+frontier).Scan(&at)
	return fromMicros(at), explain("sealed until", err)
}

// Head returns the newest link of the hash chain: its number, 0 when there is none, and its hash.
func (db *DB) Head(ctx context.Context) (no int64, hash [32]byte, err error) {
	err = db.each(ctx, func(scan func(...any) error) error {
		var text string
		if err := scan(&no, &text); err != nil {
			return err
		}
		return decodeHash(text, &hash)
	}, `SELECT no, hash FROM seals ORDER BY no DESC LIMIT 1`)
	return no, hash, explain("head of the chain", err)
}

func decodeHash(text string, into *[32]byte) error {
	data, err := hex.DecodeString(text)
	if err != nil || len(data) != len(into) {
		return fmt.Errorf("hash %q is damaged", text)
	}
	copy(into[:], data)
	return nil
}
