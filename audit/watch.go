package audit

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

// Limits of a watch.
const (
	lookEvery   = time.Second
	leaseFor    = 15 * time.Second
	passEvery   = 5 * time.Second  // passes begin at least so far apart
	settleFor   = 2 * time.Second  // what was changed just now is looked at after so long: its commit may not have ended
	confirmFor  = 3 * time.Second  // a fault that is still there after so long is one
	againEvery  = 5 * time.Second  // findings are looked at again, to see whether they were mended
	wholesEvery = time.Minute      // the tables of chains are looked at, and their nodes asked
	suspectsMax = 1000             // faults that wait for a second look
	findingsMax = 1000             // that halt payouts; further ones change nothing until people let those go
	placesMax   = 10               // places that are looked at again in one look
	onceMax     = 30 * time.Second // for one look, whatever the database does
)

// Finding is a fault that was looked at twice.
type Finding struct {
	Fault

	Part     string    `json:"-"` // where it is looked at again
	After    string    `json:"-"`
	FoundAt  time.Time `json:"found_at"`
	LiftedAt time.Time `json:"lifted_at,omitzero"` // when two people let payouts go on in spite of it
}

// Live is what a watch reads, and the little that it writes: what it found, and where it is.
type Live interface {
	Books

	// Changed returns the payments that were changed behind a moment and not after another, in the order of their changes.
	Changed(ctx context.Context, after Moment, until time.Time, limit int) ([]Case, error)
	// Head returns the newest link of the hash chain.
	Head(ctx context.Context) (no int64, hash [32]byte, err error)
	// BeginFold begins to add up all sealed postings anew, unless that is under way.
	BeginFold(ctx context.Context) error
	// Fold adds the postings of the next links, at most so many, to what was added up.
	Fold(ctx context.Context, limit int) error
	// Standings returns what stands on the accounts behind one, and what was added up for them. It returns nothing until
	// that has caught up with the chain once.
	Standings(ctx context.Context, after Account, limit int) ([]Standing, error)
	// Findings returns what was found and is not mended, the oldest first.
	Findings(ctx context.Context) ([]Finding, error)
	// Find keeps findings until most of them halt payouts, halts payouts for those that are new, and writes the event of it, in
	// one transaction. It returns the new ones.
	Find(ctx context.Context, found []Finding, event payment.Event, most int) ([]Finding, error)
	// Mend drops findings that are not there any more. What they halted stays halted.
	Mend(ctx context.Context, gone []Finding) error
	Lease(ctx context.Context, name, owner string, now, until time.Time) (epoch int64, ok bool, err error)
	Cursor(ctx context.Context, name string) (string, error)
	SaveCursor(ctx context.Context, name, place string, now time.Time) error
}

// Config is what a watch is made of.
type Config struct {
	Books  Live
	Chains []Chain
	Pace   int // objects looked at in a second, at most, beside what was changed
	Name   string
	Mode   payment.Mode
	Now    func() time.Time
	NewID  func(prefix string) string
	Log    *slog.Logger

	// Checked is told how many objects an invariant was checked on.
	Checked func(invariant string, objects int)
}

// Watch audits for ever, on one gateway at a time: again and again all there is, at a gentle pace, and beside that what was
// changed since the last look. It goes on where it, or another, was.
//
// A fault is believed when a second look finds it again. Then it is kept, and payouts are halted until two people let them go
// on. What they let go on in spite of a fault is not halted again for the same.
type Watch struct {
	Config

	auditor *auditor
	walks   []part // of the pass
	prompt  []part // of what was changed
	slow    []part
	at      Pass
	led     time.Time // since when this gateway audits; zero: it does not

	suspects map[Fault]suspect
	findings map[Fault]Finding
	again    time.Time // when findings are looked at again
	turn     int       // which of them comes next
}

// suspect is a fault that was seen once.
type suspect struct {
	part, after string
	since       time.Time
}

// NewWatch returns a watch.
func NewWatch(c Config) *Watch {
	w := &Watch{Config: c, auditor: &auditor{books: c.Books}, suspects: map[Fault]suspect{}, findings: map[Fault]Finding{}}
	w.walks = append(w.auditor.parts(), part{name: "standings", checks: []string{"I6"}, look: w.standings})
	w.prompt = []part{
		{name: "changes", checks: perPayment, look: w.changes},
		{name: "newest seals", checks: []string{"I4", "I12"}, look: w.auditor.newestLinks},
	}
	w.slow = w.auditor.onchain(c.Chains)
	return w
}

// Run audits until ctx ends.
func (w *Watch) Run(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := w.Look(ctx); err != nil && ctx.Err() == nil {
			w.Log.Warn("audit", "err", err)
		}
	}
}

// Look looks once, if this gateway is the one that audits.
func (w *Watch) Look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, onceMax)
	defer cancel()
	now := w.Now()
	_, leads, err := w.Books.Lease(ctx, "audit", w.Name, now, now.Add(leaseFor))
	if err != nil || !leads {
		w.led = time.Time{}
		return err
	}
	if w.led.IsZero() {
		if err := w.resume(ctx, now); err != nil {
			return err
		}
	}
	w.auditor.overdue = time.Time{}
	if now.Sub(w.led) > overdueMax { // before that nobody may have been there to look at what is due
		w.auditor.overdue = now.Add(-overdueMax)
	}
	return w.look(ctx, now)
}

// resume takes up where the audit was.
func (w *Watch) resume(ctx context.Context, now time.Time) error {
	at, err := LastPass(ctx, w.Books)
	if err != nil {
		return err
	}
	if at.Heads == nil {
		head, _, err := w.Books.Head(ctx)
		if err != nil {
			return err
		}
		at.Heads = map[string]string{"changes": placed(Moment{At: now}), "newest seals": strconv.FormatInt(head, 10)}
	}
	if at.Checked == nil {
		at.Checked = map[string]int64{}
	}
	w.at, w.led = at, now
	clear(w.suspects)
	return nil
}

// look looks at what was changed, at the next of all there is, and again at what was found.
func (w *Watch) look(ctx context.Context, now time.Time) error {
	known, err := w.Books.Findings(ctx)
	if err != nil {
		return err
	}
	clear(w.findings)
	for _, f := range known {
		w.findings[f.Fault] = f
	}
	var sure []Finding
	for _, step := range []func(context.Context, time.Time) ([]Finding, error){w.newest, w.pass, w.slowly, w.doubt} {
		found, err := step(ctx, now)
		sure = append(sure, found...)
		if err != nil { // what is sure is told whatever else happened
			return cmp.Or(w.alarm(ctx, now, sure), err)
		}
	}
	if err := w.alarm(ctx, now, sure); err != nil {
		return err
	}
	if err := w.mended(ctx, now, known); err != nil {
		return err
	}
	text, err := json.Marshal(w.at)
	if err != nil {
		return fmt.Errorf("keep the place: %w", err)
	}
	return w.Books.SaveCursor(ctx, cursor, string(text), now)
}

// newest looks at what was changed since, and adds up what was sealed.
func (w *Watch) newest(ctx context.Context, now time.Time) (sure []Finding, err error) {
	for _, p := range w.prompt {
		for left := w.Pace; left > 0; {
			f, err := w.visit(ctx, p, w.at.Heads[p.name])
			if err != nil {
				return sure, err
			}
			sure = append(sure, w.believe(p, w.at.Heads[p.name], f, now)...)
			left -= max(f.objects, 1)
			if f.next != "" {
				w.at.Heads[p.name] = f.next
			}
			if f.objects < w.limit() {
				break
			}
		}
	}
	return sure, w.Books.Fold(ctx, w.Pace)
}

// pass goes on with the walk through all there is.
func (w *Watch) pass(ctx context.Context, now time.Time) (sure []Finding, err error) {
	if w.at.Began.IsZero() {
		if now.Sub(w.at.LastBegan) < passEvery {
			return nil, nil
		}
		if err := w.Books.BeginFold(ctx); err != nil {
			return nil, err
		}
		w.at.begin(now)
	}
	for left := w.Pace; left > 0; {
		i := w.at.Walk
		if i >= len(w.walks) {
			w.at.end(now)
			return sure, nil
		}
		f, err := w.visit(ctx, w.walks[i], w.at.After)
		if err != nil {
			return sure, err
		}
		for _, id := range w.walks[i].checks {
			w.at.Checked[id] += int64(f.objects)
		}
		sure = append(sure, w.believe(w.walks[i], w.at.After, f, now)...)
		left -= max(f.objects, 1)
		if w.at.After = f.next; f.next == "" {
			w.at.Walk++
		}
	}
	return sure, nil
}

// slowly looks at the tables of chains, and asks their nodes. A node that does not answer says nothing about the books.
func (w *Watch) slowly(ctx context.Context, now time.Time) (sure []Finding, err error) {
	if now.Sub(w.at.Asked) < wholesEvery {
		return nil, nil
	}
	w.at.Asked = now
	for _, p := range w.slow {
		f, err := w.visit(ctx, p, "")
		if err != nil {
			w.Log.Warn("audit", "part", p.name, "err", err)
			continue
		}
		for _, id := range p.checks {
			w.at.Chains[id] = int64(f.objects)
		}
		sure = append(sure, w.believe(p, "", f, now)...)
	}
	return sure, nil
}

// visit looks behind one place.
func (w *Watch) visit(ctx context.Context, p part, after string) (found, error) {
	f, err := p.look(ctx, after, w.limit())
	if err != nil {
		return f, fmt.Errorf("%s: %w", p.name, err)
	}
	for _, id := range p.checks {
		w.Checked(id, f.objects)
	}
	return f, nil
}

func (w *Watch) limit() int { return min(PageMax, max(w.Pace, 1)) }

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

// placeOf is one page of a part.
type placeOf struct{ part, after string }

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

// doubt looks a second time at what was found once.
func (w *Watch) doubt(ctx context.Context, now time.Time) (sure []Finding, err error) {
	seen := map[placeOf]map[Fault]bool{}
	for fault, s := range w.suspects {
		if now.Sub(s.since) < max(confirmFor, w.part(s.part).settle) {
			continue
		}
		at := placeOf{s.part, s.after}
		faults, looked := seen[at]
		if !looked {
			if len(seen) >= placesMax {
				continue
			}
			faults = w.faultsAt(ctx, at)
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
	return sure, nil
}

// faultsAt looks behind a place again, a little further than before: something may have come between. It returns nil where
// nobody could look, as at a node that does not answer: what is there stays what it was, and holds up nothing else.
func (w *Watch) faultsAt(ctx context.Context, at placeOf) map[Fault]bool {
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
	for _, parts := range [][]part{w.walks, w.prompt, w.slow} {
		if i := slices.IndexFunc(parts, func(p part) bool { return p.name == name }); i >= 0 {
			return parts[i]
		}
	}
	return whole(name, "", 0, func(context.Context, *found) error { return nil }) // a chain that is not configured any more
}

// mended drops the findings that a further look does not find, a few places at a time.
func (w *Watch) mended(ctx context.Context, now time.Time, known []Finding) error {
	if len(known) == 0 || now.Before(w.again) {
		return nil
	}
	w.again = now.Add(againEvery)
	var places []placeOf
	for _, f := range known {
		if at := (placeOf{f.Part, f.After}); !slices.Contains(places, at) {
			places = append(places, at)
		}
	}
	var gone []Finding
	for range min(len(places), placesMax) {
		at := places[w.turn%len(places)]
		w.turn++
		faults := w.faultsAt(ctx, at)
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

// changes are the payments that were changed since, a moment ago.
func (w *Watch) changes(ctx context.Context, after string, limit int) (f found, err error) {
	var from Moment
	if err := place(after, &from); err != nil {
		return f, err
	}
	cases, err := w.Books.Changed(ctx, from, w.Now().Add(-settleFor), limit)
	if err == nil {
		err = w.auditor.cases(ctx, cases, &f)
	}
	if n := len(cases); n > 0 {
		f.next = placed(Moment{cases[n-1].UpdatedAt, string(cases[n-1].ID)})
	}
	return f, err
}

// standings holds balances against what was added up.
func (w *Watch) standings(ctx context.Context, after string, limit int) (f found, err error) {
	var from Account
	if err := place(after, &from); err != nil {
		return f, err
	}
	standings, err := w.Books.Standings(ctx, from, limit)
	for _, s := range standings {
		f.drift(s)
	}
	f.objects = len(standings)
	if len(standings) == limit {
		f.next = placed(standings[limit-1].Account)
	}
	return f, err
}
