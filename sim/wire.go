package sim

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// database is what the gateways remember in. Any store of theirs will do.
type database interface {
	gateway.Store

	SaveBeneficiary(ctx context.Context, b payment.Beneficiary) error
	Totals(ctx context.Context) ([]money.Amount, error)
}

// wire is the database as one process reaches it: over a link that can break before a commit arrives, and before its answer
// comes back, and that is gone for a while at times. What went through it and became true the model is told of at once.
type wire struct {
	database
	*world

	by   *gatewayProcess
	away time.Time // until when the database cannot be reached
}

// Commits of a thousand that go wrong on the wire.
const (
	commitsLost   = 8
	commitsUnsaid = 8
	linkBreaks    = 3
)

// reach fails while the link is down.
func (w *wire) reach(what string) error {
	if time.Now().Before(w.away) {
		return fmt.Errorf("%s: %w", what, payment.ErrUnavailable)
	}
	return nil
}

// read asks the database something.
func read[T any](w *wire, what string, ask func() (T, error)) (T, error) {
	if err := w.reach(what); err != nil {
		var nothing T
		return nothing, err
	}
	return ask()
}

// Commit takes two turns: between them the commit is true and the process does not know it yet.
func (w *wire) Commit(ctx context.Context, t payment.Transition) error {
	return w.write(ctx, fmt.Sprintf("commit %s %d", t.After.ID, t.After.Version), func() error {
		err := w.database.Commit(ctx, t)
		if err == nil {
			w.committed(t)
		}
		return err
	})
}

// write has the database write something, unless the wire loses it.
func (w *wire) write(ctx context.Context, what string, do func() error) error {
	w.step(ctx, w.by, what)
	if err := w.reach(what); err != nil {
		return err
	}
	fate := w.IntN(1000)
	switch {
	case fate < commitsLost:
		w.count(CommitLost)
		return fmt.Errorf("%s: %w", what, payment.ErrUnavailable)
	case fate >= 1000-linkBreaks:
		w.count(DatabaseAway)
		w.away = time.Now().Add(w.within(30 * time.Second))
		return w.reach(what)
	}
	err := do()
	w.step(ctx, w.by, "answer of "+what)
	if err == nil && fate < commitsLost+commitsUnsaid {
		w.count(CommitUnsaid)
		return fmt.Errorf("%s: %w", what, payment.ErrUnavailable)
	}
	return err
}

// Payment loads a payment in a turn of the process.
func (w *wire) Payment(ctx context.Context, id payment.ID) (payment.Payment, error) {
	w.step(ctx, w.by, "load "+string(id))
	return read(w, "load", func() (payment.Payment, error) { return w.database.Payment(ctx, id) })
}

// Due leases what is due in a turn of the process.
func (w *wire) Due(ctx context.Context, now, until time.Time, limit int, except ...string) ([]payment.ID, error) {
	w.routine(ctx, w.by, "due")
	return read(w, "due", func() ([]payment.ID, error) {
		ids, err := w.database.Due(ctx, now, until, limit, except...)
		slices.Sort(ids) // a database gives them in any order
		return ids, err
	})
}

// Lease is taken in a turn of the process.
func (w *wire) Lease(ctx context.Context, name, owner string, now, until time.Time) (epoch int64, ok bool, err error) {
	w.routine(ctx, w.by, "lease "+name)
	if err := w.reach("lease"); err != nil {
		return 0, false, err
	}
	return w.database.Lease(ctx, name, owner, now, until)
}

// PaymentOf finds a payment by what belongs to it.
func (w *wire) PaymentOf(ctx context.Context, ref string) (payment.ID, error) {
	w.step(ctx, w.by, "find "+ref)
	return read(w, "find", func() (payment.ID, error) { return w.database.PaymentOf(ctx, ref) })
}

// Key finds what a key was used for.
func (w *wire) Key(ctx context.Context, merchant, path, key string) (payment.Key, error) {
	w.step(ctx, w.by, "key "+path+" "+key)
	return read(w, "key", func() (payment.Key, error) { return w.database.Key(ctx, merchant, path, key) })
}

// KeepAnswer keeps an answer, or finds the one that is kept.
func (w *wire) KeepAnswer(ctx context.Context, a payment.Answer) (payment.Answer, error) {
	return read(w, "answer", func() (payment.Answer, error) { return w.database.KeepAnswer(ctx, a) })
}

// Number takes a number.
func (w *wire) Number(ctx context.Context, name string) (int64, error) {
	return read(w, "number", func() (int64, error) { return w.database.Number(ctx, name) })
}

// Balance reads a balance.
func (w *wire) Balance(ctx context.Context, account ledger.Account, asset money.Asset) (money.Amount, error) {
	return read(w, "balance", func() (money.Amount, error) { return w.database.Balance(ctx, account, asset) })
}

// Cursor reads how far a watcher has looked.
func (w *wire) Cursor(ctx context.Context, name string) (string, error) {
	return read(w, "cursor", func() (string, error) { return w.database.Cursor(ctx, name) })
}

// SaveCursor keeps how far a watcher has looked.
func (w *wire) SaveCursor(ctx context.Context, name, place string, now time.Time) error {
	return w.write(ctx, "cursor "+name+" "+place, func() error { return w.database.SaveCursor(ctx, name, place, now) })
}

// KeepStray keeps what names no payment.
func (w *wire) KeepStray(ctx context.Context, channel, payTo string, r payment.Receipt, e ledger.Entry, now time.Time) error {
	return w.write(ctx, "stray "+r.Reference, func() error {
		_, known := w.database.Stray(ctx, channel, r.Reference)
		err := w.database.KeepStray(ctx, channel, payTo, r, e, now)
		if err == nil && known != nil && e.ID != "" { // kept again, it changes nothing
			w.model.post(e)
		}
		return err
	})
}

// MoveStray takes what names no payment from one state to the next.
func (w *wire) MoveStray(ctx context.Context, from, to payment.Receipt, e ledger.Entry, now time.Time) error {
	return w.write(ctx, "stray "+from.Reference+" to "+string(to.State), func() error {
		err := w.database.MoveStray(ctx, from, to, e, now)
		if err == nil {
			w.model.post(e)
		}
		return err
	})
}

// SaveQuote keeps a price.
func (w *wire) SaveQuote(ctx context.Context, q fx.Quote) error {
	return w.write(ctx, "quote "+q.ID, func() error { return w.database.SaveQuote(ctx, q) })
}
