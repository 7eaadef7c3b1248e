package banklink

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

// blank is a journal that nothing is told to. It counts the pages that were told whole.
type blank struct {
	pages *atomic.Int64
	place string
}

func (*blank) Arrived(context.Context, string, payment.Receipt) error { return nil }
func (*blank) Moved(context.Context, string) error                    { return nil }
func (*blank) Cursor(context.Context) (string, error)                 { return "", nil }

func (b *blank) Advance(_ context.Context, place string) error {
	if place != b.place {
		b.place = place
		b.pages.Add(1)
	}
	return nil
}

// TestPolling: the mailbox is read at each poll and at each call, and again at once while there is more.
func TestPolling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Config{Accounts: []Account{{Currency: "EUR", Number: "A"}}, Poll: time.Minute, Zone: time.UTC}
		l, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		var end, told, asked atomic.Int64
		end.Store(3)
		l.fetch = func(_ context.Context, _ Account, after int) ([]Movement, int, error) {
			asked.Add(1)
			return nil, min(after+1, int(end.Load())), nil
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- l.Watch(ctx, &blank{pages: &told}) }()
		expect := func(pages, reads int64) {
			t.Helper()
			synctest.Wait()
			if told.Load() != pages || asked.Load() != reads {
				t.Errorf("%d pages in %d reads, want %d in %d", told.Load(), asked.Load(), pages, reads)
			}
		}
		expect(3, 4)
		time.Sleep(time.Minute)
		expect(3, 5)
		end.Store(5)
		l.Wake()
		l.Wake() // a second call while it looks is one look more at most
		expect(5, 9)
		time.Sleep(2 * time.Minute)
		expect(5, 11)
		stop()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
