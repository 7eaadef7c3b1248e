package sim

import (
	"context"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

// scans is what the gateways remember of a chain's blocks, in place of the tables of a database.
type scans struct {
	rows   []chain.Row // that were not dropped, in order
	found  map[string]*scanned
	byTo   map[string][]*scanned
	recent []*scanned // of which there may be more to tell, in the order in which they were found
	halted map[string]string
	places []chain.Place // in order of their numbers
}

// scanned is a transfer with what was told of it.
type scanned struct {
	chain.Transfer

	dropped bool
	told    payment.ReceiptState
	booked  payment.ReceiptState // what the receipt says; empty when there is none
}

// open reports whether the transfer stands and does not count yet, gone whether it does not stand and may still count.
func (t *scanned) open() bool {
	return !t.dropped && (t.told != payment.ReceiptCredited || t.booked == payment.ReceiptOrphaned)
}

func (t *scanned) gone() bool {
	return t.dropped && (t.told != payment.ReceiptOrphaned || (t.booked != "" && t.booked != payment.ReceiptOrphaned))
}

// over reports whether nothing more happens to a transfer below a block.
func (t *scanned) over(final int64) bool { return t.Block.Number < final && !t.open() && !t.gone() }

func newScans() *scans {
	return &scans{found: map[string]*scanned{}, byTo: map[string][]*scanned{}, halted: map[string]string{}}
}

// heard notes what became of a receipt.
func (s *scans) heard(r payment.Receipt) {
	if t, known := s.found[r.Reference]; known {
		t.booked = r.State
	}
}

// giveOut notes the address of a new attempt.
func (s *scans) giveOut(a payment.Attempt) {
	at, _ := slices.BinarySearchFunc(s.places, a.Number, func(p chain.Place, number int64) int { return int(p.Number - number) })
	s.places = slices.Insert(s.places, at, chain.Place{Number: a.Number, PayTo: a.Instruction.PayTo})
}

// at returns the transfers to an address in blocks that stand, or in blocks that were replaced.
func (s *scans) at(payTo string, dropped bool) []chain.Transfer {
	var all []chain.Transfer
	for _, t := range s.byTo[payTo] {
		if t.dropped == dropped {
			all = append(all, t.Transfer)
		}
	}
	return all
}

// scanStore is the scans as one process reaches them.
type scanStore struct {
	*scans
	*world

	by *gatewayProcess
}

var _ chain.Store = scanStore{}

func (s scanStore) step(what string) { s.turn(s.by, what+" by "+s.by.name) }

// Places returns the addresses given out after a number.
func (s scanStore) Places(_ context.Context, _ string, after int64, limit int) ([]chain.Place, error) {
	from, _ := slices.BinarySearchFunc(s.places, after+1, func(p chain.Place, number int64) int { return int(p.Number - number) })
	return slices.Clone(s.places[from:min(from+limit, len(s.places))]), nil
}

// Tip returns the newest block that was begun.
func (s scanStore) Tip(context.Context, string) (chain.Row, bool, error) {
	if len(s.rows) == 0 {
		return chain.Row{}, false, nil
	}
	return s.rows[len(s.rows)-1], true, nil
}

// RowAt returns a block that was begun.
func (s scanStore) RowAt(_ context.Context, _ string, number int64) (chain.Row, bool, error) {
	if len(s.rows) == 0 || number < s.rows[0].Number || number > s.rows[len(s.rows)-1].Number {
		return chain.Row{}, false, nil
	}
	return s.rows[number-s.rows[0].Number], true, nil
}

// BeginBlock keeps a block and what it holds.
func (s scanStore) BeginBlock(_ context.Context, _ string, b chain.Block, found []chain.Transfer, _ time.Time) error {
	s.step("begin " + b.Hash)
	if n := len(s.rows); n > 0 {
		tip := s.rows[n-1]
		switch {
		case tip.Hash == b.Hash:
			return nil
		case tip.Hash != b.Parent:
			return chain.ErrOutOfLine
		}
	}
	s.scans.rows = append(s.rows, chain.Row{Block: b})
	for _, t := range found {
		known, again := s.found[t.Reference()]
		if !again {
			known = &scanned{Transfer: t}
			s.found[t.Reference()] = known
			s.byTo[t.To] = append(s.byTo[t.To], known)
		}
		known.dropped, known.told = false, ""
		if !slices.Contains(s.recent, known) {
			s.scans.recent = append(s.recent, known)
		}
	}
	return nil
}

// EndBlock notes that all in a block was told.
func (s scanStore) EndBlock(_ context.Context, _ string, hash string) error {
	s.step("end " + hash)
	for i := len(s.rows) - 1; i >= 0; i-- {
		if s.rows[i].Hash == hash {
			s.rows[i].Scanned = true
			break
		}
	}
	return nil
}

// DropBlock notes that the newest block was replaced.
func (s scanStore) DropBlock(_ context.Context, _ string, hash string) error {
	s.step("drop " + hash)
	n := len(s.rows) - 1
	if n < 0 || s.rows[n].Hash != hash {
		return chain.ErrOutOfLine
	}
	s.scans.rows = s.rows[:n]
	for _, t := range s.recent {
		t.dropped = t.dropped || t.Block.Hash == hash
	}
	return nil
}

// Open returns the transfers that stand and do not count yet.
func (s scanStore) Open(_ context.Context, _ string, limit int) ([]chain.Transfer, error) {
	return s.which((*scanned).open, limit), nil
}

// Gone returns the transfers that do not stand and may count.
func (s scanStore) Gone(_ context.Context, _ string, limit int) ([]chain.Transfer, error) {
	if n := len(s.rows); n > 0 {
		s.scans.recent = slices.DeleteFunc(s.recent, func(t *scanned) bool { return t.over(s.rows[n-1].Number - 2*finalAfter) })
	}
	return s.which((*scanned).gone, limit), nil
}

func (s *scans) which(wanted func(*scanned) bool, limit int) []chain.Transfer {
	var found []chain.Transfer
	for _, t := range s.recent {
		if wanted(t) && len(found) < limit {
			found = append(found, t.Transfer)
		}
	}
	return found
}

// Credited notes that a transfer was told as credited.
func (s scanStore) Credited(_ context.Context, _, reference string) error {
	return s.tell(reference, payment.ReceiptCredited)
}

// Orphaned notes that a transfer was told as orphaned.
func (s scanStore) Orphaned(_ context.Context, _, reference string) error {
	return s.tell(reference, payment.ReceiptOrphaned)
}

func (s scanStore) tell(reference string, state payment.ReceiptState) error {
	s.step(string(state) + " " + reference)
	s.found[reference].told = state
	return nil
}

// ToldTo notes nothing: the model holds every transfer against its payment by itself.
func (s scanStore) ToldTo(context.Context, string, int64) error { return nil }

// Halt keeps why the watcher does not go on.
func (s scanStore) Halt(_ context.Context, name, reason string, _ time.Time) error {
	s.step("halt " + name)
	s.halted[name] = reason
	return nil
}

// Halted returns why the watcher does not go on.
func (s scanStore) Halted(_ context.Context, name string) (string, error) { return s.halted[name], nil }

// At returns the transfers to an address that stand.
func (s scanStore) At(_ context.Context, _ string, payTo string) ([]chain.Transfer, error) {
	return s.at(payTo, false), nil
}

// Dropped returns the transfers to an address that were replaced.
func (s scanStore) Dropped(_ context.Context, _ string, payTo string) ([]chain.Transfer, error) {
	return s.at(payTo, true), nil
}
