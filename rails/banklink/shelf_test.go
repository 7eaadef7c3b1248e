package banklink

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

const (
	pageTime = 20 * time.Millisecond // of one answer of the bank
	patience = 10 * time.Second      // of one question
	ulidOf   = "01KB00000000000000000000%02d"
)

// post is a bank whose mailbox has any number of notifications: each page has a hundred, and most are of nobody. It counts
// its pages.
type post struct {
	mu    sync.Mutex
	size  int
	told  map[int]Movement // what is of ours, by its place
	asked atomic.Int64
}

func (p *post) fetch(ctx context.Context, _ Account, after int) ([]Movement, int, error) {
	p.asked.Add(1)
	select {
	case <-ctx.Done():
		return nil, after, ctx.Err()
	case <-time.After(pageTime):
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	next := min(after+100, p.size)
	var page []Movement
	for i := after; i < next; i++ {
		m, ours := p.told[i]
		if !ours {
			m = Movement{Reference: fmt.Sprintf("A/X%d", i), Credit: true, Booked: true, Amount: euro, PayTo: fmt.Sprintf("RF%d", i)}
		}
		page = append(page, m)
	}
	return page, next, nil
}

var euro = money.Must("1.00", "EUR")

// debit is the debit of an attempt with a number.
func debit(n int) Movement {
	return Movement{Reference: fmt.Sprintf("A/D%d", n), Booked: true, Amount: euro, EndToEnd: fmt.Sprintf(ulidOf, n)}
}

// order is an attempt with a number, begun so long ago.
func order(n int, age time.Duration) payment.Attempt {
	return payment.Attempt{ID: fmt.Sprintf("att_"+ulidOf, n), Amount: euro, CreatedAt: time.Now().Add(-age)}
}

// behind opens a link whose watcher told everything up to a place before it was started again.
func behind(t *testing.T, p *post, place int) *Link {
	t.Helper()
	l, err := New(Config{Accounts: []Account{{Currency: "EUR", Number: "A"}}, Poll: time.Minute, Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	l.fetch = p.fetch
	l.shelves[0].openAt(place, time.Now())
	return l
}

// ask puts a question as the engine does, and returns how many pages it read.
func ask(t *testing.T, l *Link, p *post, a payment.Attempt) (Trail, int64, error) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	before := p.asked.Load()
	trail, err := l.Trail(ctx, a)
	return trail, p.asked.Load() - before, err
}

// TestQuestionsGoOnWhereTheLastOneEnded: behind a restart the history is longer than one question has patience for.
func TestQuestionsGoOnWhereTheLastOneEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &post{size: 60_000, told: map[int]Movement{7: debit(1), 59_990: debit(2)}}
		l := behind(t, p, p.size)
		if _, _, err := ask(t, l, p, order(1, time.Hour)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("600 pages in 10 s: %v", err)
		}
		if trail, pages, err := ask(t, l, p, order(1, time.Hour)); err != nil || trail.Debits != 1 || pages > 150 {
			t.Errorf("the second time: %+v, %d pages (%v)", trail, pages, err)
		}
		for i := range 4 {
			if trail, pages, err := ask(t, l, p, order(i, time.Hour)); err != nil || trail.Debits > 1 || pages > 3 {
				t.Errorf("another: %+v, %d pages (%v)", trail, pages, err)
			}
		}
	})
}

// TestNoQuestionWaitsForAnOlderOne: what is new is told at once, while somebody reads the history.
func TestNoQuestionWaitsForAnOlderOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &post{size: 60_000, told: map[int]Movement{}}
		l := behind(t, p, p.size)
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _, _ = ask(t, l, p, order(1, time.Hour))
		}()
		time.Sleep(time.Second)
		asked := time.Now()
		if _, err := l.Trail(t.Context(), order(2, -time.Hour)); err != nil || time.Since(asked) > 2*pageTime {
			t.Errorf("answered after %s (%v)", time.Since(asked), err)
		}
		<-done
	})
}

// TestManyQuestionsReadTheHistoryOnce, and not each for itself.
func TestManyQuestionsReadTheHistoryOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &post{size: 10_000, told: map[int]Movement{}}
		for n := range 20 {
			p.told[n*500] = debit(n)
		}
		l := behind(t, p, p.size)
		var asking sync.WaitGroup
		for n := range 20 {
			asking.Go(func() {
				if trail, err := l.Trail(t.Context(), order(n, time.Hour)); err != nil || trail.Debits != 1 {
					t.Errorf("%d: %+v (%v)", n, trail, err)
				}
			})
		}
		asking.Wait()
		if asked := p.asked.Load(); asked > 100+2*20 {
			t.Errorf("read %d pages", asked)
		}
	})
}

// TestWhatIsNotKeptIsFound: of a mailbox that is longer than what is kept, a question reads the pages that tell of its key.
func TestWhatIsNotKeptIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &post{size: 2*keptMax + 150, told: map[int]Movement{7: debit(1), keptMax: debit(2), 2*keptMax + 149: debit(3)}}
		l := behind(t, p, 0)
		if _, err := l.Trail(t.Context(), order(0, time.Hour)); err != nil {
			t.Fatal(err)
		}
		for n, pages := range map[int]int64{0: 1, 1: 2, 2: 2, 3: 1} {
			if trail, asked, err := ask(t, l, p, order(n, time.Hour)); err != nil || trail.Debits != min(n, 1) || asked > pages {
				t.Errorf("%d: %+v, %d pages (%v)", n, trail, asked, err)
			}
		}
		if kept := len(l.shelves[0].kept); kept > keptMax {
			t.Errorf("keeps %d", kept)
		}
	})
}

// TestWhatIsLostIsNotAbsent: beyond what is known of a mailbox there is no answer, and for what is younger there is.
func TestWhatIsLostIsNotAbsent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &post{told: map[int]Movement{}}
		l := behind(t, p, 0)
		s := l.shelves[0]
		for i := range 2 * placesMax {
			if i%(placesMax/2) == 0 {
				time.Sleep(time.Hour)
			}
			s.locate(kept{debit(5), i, i + 1}, time.Now())
		}
		if known := len(s.places[0]) + len(s.places[1]); known > placesMax {
			t.Errorf("knows %d places", known)
		}
		if _, err := l.Trail(t.Context(), order(1, 2*time.Hour)); !errors.Is(err, errLost) {
			t.Errorf("of before: %v", err)
		}
		if trail, err := l.Trail(t.Context(), order(1, time.Hour-2*clockOff)); err != nil || !trail.empty() {
			t.Errorf("of after: %+v (%v)", trail, err)
		}
	})
}

// TestAnEndThatWasAskedForBeforeIsNone: what was booked between two questions is found by the second, although the first still
// waits for its answer.
func TestAnEndThatWasAskedForBeforeIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := behind(t, &post{}, 0)
		var booked atomic.Bool
		l.fetch = func(_ context.Context, _ Account, after int) ([]Movement, int, error) {
			debited := booked.Load()
			time.Sleep(pageTime)
			if debited && after == 0 {
				return []Movement{debit(1)}, 1, nil
			}
			return nil, after, nil
		}
		var asking sync.WaitGroup
		defer asking.Wait()
		asking.Go(func() { _, _ = l.Trail(t.Context(), order(2, 0)) })
		synctest.Wait()
		booked.Store(true)
		for range 3 {
			asking.Go(func() {
				if trail, err := l.Trail(t.Context(), order(1, 0)); err != nil || trail.Debits != 1 {
					t.Errorf("%+v (%v)", trail, err)
				}
			})
		}
	})
}

// TestAQuestionThatEndsLeavesItsTurn: whoever waits behind a question that got no answer asks for itself, and no longer than it
// has patience.
func TestAQuestionThatEndsLeavesItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := behind(t, &post{}, 0)
		var asked atomic.Int64
		l.fetch = func(ctx context.Context, _ Account, after int) ([]Movement, int, error) {
			if asked.Add(1) == 1 {
				<-ctx.Done()
				return nil, after, ctx.Err()
			}
			return nil, after, nil
		}
		question := func(patience time.Duration) error {
			ctx, stop := context.WithTimeout(t.Context(), patience)
			defer stop()
			_, err := l.Trail(ctx, order(1, 0))
			return err
		}
		var asking sync.WaitGroup
		defer asking.Wait()
		for patience, answered := range map[time.Duration]bool{3 * time.Second: true, time.Second: false} {
			asking.Go(func() {
				time.Sleep(time.Millisecond) // the first asks before
				if err := question(patience); (err == nil) != answered {
					t.Errorf("%s: %v", patience, err)
				}
			})
		}
		if err := question(2 * time.Second); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the first: %v", err)
		}
	})
}
