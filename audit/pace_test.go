package audit_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/causeway-pay/causeway/audit"
	"github.com/causeway-pay/causeway/payment"
)

// pageTakes is how long the database works for a page of what was changed.
const pageTakes = 15 * time.Millisecond

// busy are books that take time: everything was changed within a second, a while ago, and every page takes as long.
type busy struct {
	*books

	waiting int // payments that were changed and not looked at
	changed time.Time
	worked  time.Duration // on what was changed
	atOnce  time.Duration // and in the look under way
	most    time.Duration // and in any one
	passed  int           // pages of the pass
	looks   []time.Time
	cursor  string
	hung    time.Duration // that the lease takes
}

func (b *busy) Lease(context.Context, string, string, time.Time, time.Time) (int64, bool, error) {
	b.looks, b.atOnce = append(b.looks, time.Now()), 0
	time.Sleep(b.hung)
	return 1, true, nil
}

func (b *busy) Changed(_ context.Context, after audit.Moment, until time.Time, limit int) ([]audit.Case, error) {
	n := min(limit, b.waiting)
	if n == 0 || b.changed.After(until) {
		return nil, nil
	}
	time.Sleep(pageTakes)
	b.worked += pageTakes
	b.atOnce += pageTakes
	b.most = max(b.most, b.atOnce)
	b.waiting -= n
	page := make([]audit.Case, n)
	for i := range page {
		page[i] = audit.Case{Payment: b.payment, History: b.history}
		page[i].UpdatedAt = b.changed
	}
	return page, nil
}

func (b *busy) Cases(ctx context.Context, after payment.ID, limit int) ([]audit.Case, error) {
	b.passed++
	return b.books.Cases(ctx, after, limit)
}

func (b *busy) Head(context.Context) (int64, [32]byte, error) { return 0, [32]byte{}, nil }
func (b *busy) BeginFold(context.Context) error               { return nil }
func (b *busy) Fold(context.Context, int) (bool, error)       { return false, nil }

func (b *busy) Standings(context.Context, audit.BalanceKey, int) ([]audit.Standing, error) {
	return nil, nil
}

func (b *busy) Find(context.Context, []audit.Finding, payment.Event, int) ([]audit.Finding, error) {
	return nil, nil
}
func (b *busy) Mend(context.Context, []audit.Finding) error { return nil }

func (b *busy) Findings(context.Context) ([]audit.Finding, error) { return nil, nil }

func (b *busy) Cursor(context.Context, string) (string, error) { return b.cursor, nil }

func (b *busy) SaveCursor(_ context.Context, _, place string, _ time.Time) error {
	b.cursor = place
	return nil
}

// lag is how far behind a watch says that it is.
func (b *busy) lag(t *testing.T) time.Duration {
	t.Helper()
	pass, err := audit.LastPass(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	return time.Since(pass.Seen)
}

// watching runs a watch over the books in a bubble, for so long.
func watching(t *testing.T, b *busy, within time.Duration, then func()) {
	t.Helper()
	w := audit.NewWatch(audit.Config{
		Books: b, Pace: 20, Name: "gw-1", Mode: payment.Test, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		NewID: func(prefix string) string { return prefix }, Checked: func(string, int) {},
	})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { w.Run(ctx) })
	time.Sleep(within)
	cancel()
	running.Wait()
	then()
}

// TestTheAuditYields has more that was changed than can be looked at in the time. As long as it is not far behind the audit takes
// a tenth of it, and then more and more up to a half, until it has caught up; it never works for long without a rest, and all the
// while the pass goes on.
func TestTheAuditYields(t *testing.T) {
	for _, row := range []struct {
		name    string
		ago     time.Duration // how long before the first look everything was changed
		within  time.Duration
		waiting int
		share   [2]float64 // at least, and at most
	}{
		{"a little behind", 0, 25 * time.Second, 1_000_000, [2]float64{0.08, 0.11}},
		{"behind", 45 * time.Second, 25 * time.Second, 1_000_000, [2]float64{0.12, 0.25}},
		{"far behind", 3 * time.Minute, 25 * time.Second, 1_000_000, [2]float64{0.35, 0.5}},
		{"caught up", time.Minute, 60 * time.Second, 200, [2]float64{0, 0.05}},
	} {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Hour)
			began := time.Now()
			b := &busy{books: sound(t), waiting: row.waiting, changed: began.Add(-row.ago)}
			b.cursor = fmt.Sprintf(`{"heads":{"changes":"","newest seals":"0"},"seen":%q}`, b.changed.Format(time.RFC3339Nano))
			watching(t, b, row.within, func() {
				share := b.worked.Seconds() / time.Since(began).Seconds()
				if share < row.share[0] || share > row.share[1] {
					t.Errorf("%s: it took %.3f of a processor, in %d looks", row.name, share, len(b.looks))
				}
				if b.most > 50*time.Millisecond {
					t.Errorf("%s: it worked for %s without a rest", row.name, b.most)
				}
				if b.passed < 2 {
					t.Errorf("%s: the pass came to %d pages", row.name, b.passed)
				}
				lag, late := b.lag(t), row.waiting == 1_000_000
				if late && lag < row.ago+row.within-5*time.Second || !late && lag > 5*time.Second {
					t.Errorf("%s: with %d waiting it says that it is %s behind", row.name, b.waiting, lag)
				}
			})
		})
	}
}

// TestTheAuditKeepsItsLease: however long a look takes, the next comes while the lease lasts.
func TestTheAuditKeepsItsLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const hung = 8 * time.Second
		b := &busy{books: sound(t), hung: hung}
		watching(t, b, time.Minute, func() {
			for i := range len(b.looks) - 1 {
				if rest := b.looks[i+1].Sub(b.looks[i]) - hung; rest > 5*time.Second+time.Millisecond {
					t.Errorf("it rests for %s", rest)
				}
			}
			if len(b.looks) < 4 {
				t.Errorf("%d looks", len(b.looks))
			}
		})
	})
}
