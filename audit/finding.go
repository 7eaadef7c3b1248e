package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

// Limits of what is found.
const (
	confirmFor  = 3 * time.Second // a fault that is still there after so long is one
	againEvery  = 5 * time.Second // findings are looked at again, to see whether they were mended
	suspectsMax = 1000            // faults that wait for a second look
	findingsMax = 1000            // that halt payouts; further ones change nothing until people let those go
	againMax    = 10              // pages that are looked at again in one look
)

// Finding is a fault that was looked at twice.
type Finding struct {
	Fault

	Part     string    `json:"-"` // where it is looked at again
	After    string    `json:"-"`
	FoundAt  time.Time `json:"found_at"`
	LiftedAt time.Time `json:"lifted_at,omitzero"` // when two people let payouts go on in spite of it
}

// suspect is a fault that was seen once.
type suspect struct {
	part, after string
	since       time.Time
}

// page is a page of a part: what is behind a place there.
type page struct{ part, after string }

// believe returns the faults that were seen before, long enough ago, and keeps the others in mind.
func (w *Watch) believe(p part, after string, f found, now time.Time) (sure []Finding) {
	for _, fault := range f.faults {
		if _, known := w.findings[fault]; known {
			continue
		}
		s, before := w.suspects[fault]
		switch {
		case before && now.Sub(s.since) >= max(confirmFor, p.settle):
			sure = append(sure, Finding{Fault: fault, Part: p.name, After: after, FoundAt: now})
			delete(w.suspects, fault)
		case !before && len(w.suspects) < suspectsMax:
			w.suspects[fault] = suspect{p.name, after, now}
		}
	}
	return sure
}

// doubt looks a second time at what was found once.
func (w *Watch) doubt(ctx context.Context, now time.Time) (sure []Finding) {
	seen := map[page]map[Fault]bool{}
	for fault, s := range w.suspects {
		if now.Sub(s.since) < max(confirmFor, w.part(s.part).settle) {
			continue
		}
		at := page{s.part, s.after}
		faults, looked := seen[at]
		if !looked {
			if len(seen) >= againMax {
				continue
			}
			faults = w.faultsOn(ctx, at)
			seen[at] = faults
		}
		if faults == nil {
			continue
		}
		delete(w.suspects, fault)
		if _, known := w.findings[fault]; faults[fault] && !known {
			sure = append(sure, Finding{Fault: fault, Part: s.part, After: s.after, FoundAt: now})
		}
	}
	return sure
}

// alarm keeps what is sure, halts payouts for it, and tells everybody.
func (w *Watch) alarm(ctx context.Context, now time.Time, sure []Finding) error {
	if len(sure) == 0 {
		return nil
	}
	data, err := json.Marshal(map[string]any{"object": "findings", "payouts": "halted", "found": sure[:min(len(sure), FaultsMax)]})
	if err != nil {
		return fmt.Errorf("tell of findings: %w", err)
	}
	event := payment.Event{ID: w.NewID("evt"), Type: payment.EventInvariantBroken, Mode: w.Mode, At: now, Data: data}
	fresh, err := w.Books.Find(ctx, sure, event, findingsMax)
	for _, f := range fresh {
		w.Log.Error("invariant broken: payouts are halted", "invariant", f.Invariant, "fault", f.Text)
	}
	return err
}

// mended drops the findings that a further look does not find, a few pages at a time.
func (w *Watch) mended(ctx context.Context, now time.Time, known []Finding) error {
	if len(known) == 0 || now.Before(w.again) {
		return nil
	}
	w.again = now.Add(againEvery)
	var pages []page
	for _, f := range known {
		if at := (page{f.Part, f.After}); !slices.Contains(pages, at) {
			pages = append(pages, at)
		}
	}
	var gone []Finding
	for range min(len(pages), againMax) {
		at := pages[w.turn%len(pages)]
		w.turn++
		faults := w.faultsOn(ctx, at)
		for _, f := range known {
			early := f.Invariant == "I5" && w.auditor.overdue.IsZero() // whether it is overdue cannot be told yet
			if faults != nil && !early && f.Part == at.part && f.After == at.after && !faults[f.Fault] {
				gone = append(gone, f)
			}
		}
	}
	if len(gone) == 0 {
		return nil
	}
	for _, f := range gone {
		w.Log.Info("invariant mended", "invariant", f.Invariant, "fault", f.Text)
	}
	return w.Books.Mend(ctx, gone)
}

// faultsOn looks at a page again, a little further than before: something may have come between. It returns nil where
// nobody could look, as at a node that does not answer: what is there stays what it was, and holds up nothing else.
func (w *Watch) faultsOn(ctx context.Context, at page) map[Fault]bool {
	f, err := w.part(at.part).look(ctx, at.after, 2*PageMax)
	if err != nil {
		w.Log.Warn("audit", "part", at.part, "err", err)
		return nil
	}
	faults := map[Fault]bool{}
	for _, fault := range f.faults {
		faults[fault] = true
	}
	return faults
}

func (w *Watch) part(name string) part {
	for _, parts := range [][]part{w.all, w.newest, w.onchain} {
		if i := slices.IndexFunc(parts, func(p part) bool { return p.name == name }); i >= 0 {
			return parts[i]
		}
	}
	return whole(name, "", 0, func(context.Context, *found) error { return nil }) // a chain that is not configured any more
}
