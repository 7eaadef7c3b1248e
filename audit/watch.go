package audit

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

// Limits of a watch.
const (
	leaseFor    = 15 * time.Second
	passEvery   = 5 * time.Second  // passes begin at least so far apart
	settleFor   = 2 * time.Second  // what was changed just now is looked at after so long: its commit may not have ended
	wholesEvery = time.Minute      // the tables of chains are looked at, and their nodes asked
	onceMax     = 30 * time.Second // for one look, whatever the database does
)

// Live is what a watch reads, and the little that it writes: what it found, and where it is.
type Live interface {
	Books
	Kept

	// Changed returns the payments that were changed behind a moment and not after another, in the order of their changes.
	Changed(ctx context.Context, after Moment, until time.Time, limit int) ([]Case, error)
	// Head returns the newest link of the hash chain.
	Head(ctx context.Context) (no int64, hash [32]byte, err error)
	// BeginFold begins to add up all sealed postings anew, unless that is under way.
	BeginFold(ctx context.Context) error
	// Fold adds the postings of the next links, at most so many, to what was added up, and reports whether that is still behind
	// the chain. What is added up anew is not waited for.
	Fold(ctx context.Context, limit int) (behind bool, err error)
	// Standings returns what stands on the accounts behind one, and what was added up for them. It returns nothing until
	// that has caught up with the chain once.
	Standings(ctx context.Context, after BalanceKey, limit int) ([]Standing, error)
	// Find keeps findings until most of them halt payouts, halts payouts for those that are new, and writes the event of it, in
	// one transaction. It returns the new ones.
	Find(ctx context.Context, found []Finding, event payment.Event, most int) ([]Finding, error)
	// Mend drops findings that are not there any more. What they halted stays halted.
	Mend(ctx context.Context, gone []Finding) error
	Lease(ctx context.Context, name, owner string, now, until time.Time) (epoch int64, ok bool, err error)
	SaveCursor(ctx context.Context, name, place string, now time.Time) error
}

// Config is what a watch is made of.
type Config struct {
	Books  Live
	Chains []Chain
	Pace   int // objects of the pass looked at in a second, at most; what was changed comes beside that
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
	all     []part // there is, which a pass walks through
	newest  []part // what was changed since
	onchain []part // the tables of chains, and what their nodes say
	at      Pass
	late    bool      // there was more that is new than it had time for
	walked  time.Time // when it last went on with the pass
	led     time.Time // since when this gateway audits; zero: it does not

	suspects map[Fault]suspect
	findings map[Fault]Finding
	again    time.Time // when findings are looked at again
	turn     int       // which of them comes next
}

// NewWatch returns a watch.
func NewWatch(c Config) *Watch {
	w := &Watch{Config: c, auditor: &auditor{books: c.Books}, suspects: map[Fault]suspect{}, findings: map[Fault]Finding{}}
	w.all = append(w.auditor.parts(), part{name: "standings", checks: []string{"I6"}, look: w.standings})
	w.newest = []part{
		{name: changes, checks: perPayment, look: w.changes},
		{name: "newest seals", checks: []string{"I4", "I12"}, look: w.auditor.newestLinks},
	}
	w.onchain = w.auditor.onchain(c.Chains)
	return w
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
		at.Heads = map[string]string{changes: formatPlace(Moment{At: now}), "newest seals": strconv.FormatInt(head, 10)}
	}
	if at.Seen.IsZero() {
		at.Seen = now
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
	for _, step := range []func(context.Context, time.Time) ([]Finding, error){w.lookAtNewest, w.lookAtAll, w.lookOnchain} {
		found, err := step(ctx, now)
		sure = append(sure, found...)
		if err != nil { // what is sure is told whatever else happened
			return cmp.Or(w.alarm(ctx, now, sure), err)
		}
	}
	sure = append(sure, w.doubt(ctx, now)...)
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

// lookAtAll goes on with the pass through all there is. While it is late with what is new, which matters more, it goes on by a page,
// and not with every look.
func (w *Watch) lookAtAll(ctx context.Context, now time.Time) (sure []Finding, err error) {
	if age := now.Sub(w.walked); w.late && age >= 0 && age < lookEvery {
		return nil, nil
	}
	w.walked = now
	if w.at.Began.IsZero() {
		if now.Sub(w.at.LastBegan) < passEvery {
			return nil, nil
		}
		if err := w.Books.BeginFold(ctx); err != nil {
			return nil, err
		}
		w.at.begin(now)
	}
	within := passMax
	if w.late {
		within = 0
	}
	for left, began := w.share(), time.Now(); left > 0; {
		i := w.at.Walk
		if i >= len(w.all) {
			w.at.end(now)
			return sure, nil
		}
		f, err := w.visit(ctx, w.all[i], w.at.After)
		if err != nil {
			return sure, err
		}
		for _, id := range w.all[i].checks {
			w.at.Checked[id] += int64(f.objects)
		}
		sure = append(sure, w.believe(w.all[i], w.at.After, f, now)...)
		left -= max(f.objects, 1)
		if w.at.After = f.next; f.next == "" {
			w.at.Walk++
		}
		if time.Since(began) >= within {
			break
		}
	}
	return sure, nil
}

// lookOnchain looks at the tables of chains, and asks their nodes. A node that does not answer says nothing about the books.
func (w *Watch) lookOnchain(ctx context.Context, now time.Time) (sure []Finding, err error) {
	if now.Sub(w.at.Asked) < wholesEvery {
		return nil, nil
	}
	w.at.Asked = now
	for _, p := range w.onchain {
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

// share is how many objects of the pass one look may look at.
func (w *Watch) share() int { return max(int(float64(w.Pace)*lookEvery.Seconds()), 1) }

func (w *Watch) limit() int { return min(pageMax, w.share()) }

// standings holds balances against what was added up.
func (w *Watch) standings(ctx context.Context, after string, limit int) (f found, err error) {
	var from BalanceKey
	if err := parsePlace(after, &from); err != nil {
		return f, err
	}
	standings, err := w.Books.Standings(ctx, from, limit)
	for _, s := range standings {
		f.drift(s)
	}
	f.objects = len(standings)
	if len(standings) == limit {
		f.next = formatPlace(standings[limit-1].BalanceKey)
	}
	return f, err
}
