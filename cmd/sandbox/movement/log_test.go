package movement

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/causeway-pay/causeway/cmd/sandbox/clock"
)

func now() clock.Time { return clock.Time{Time: time.Now()} }

func TestFullLogRefusesMessagesButForgetsNoMoney(t *testing.T) {
	l := NewLog(now, 2)
	if err := l.Receive(Movement{Reference: "att_1"}); err != nil {
		t.Fatal(err)
	}
	if err := l.Receive(Movement{Reference: "att_2"}); err != nil {
		t.Fatal(err)
	}
	if err := l.Receive(Movement{Reference: "att_3"}); err != ErrFull {
		t.Errorf("the third message: %v", err)
	}
	l.Record(Movement{Kind: Charge, Reference: "att_1"})
	l.Record(Movement{Kind: Charge, Reference: "att_2"})
	if got := l.Select(Query{Kind: Charge}); len(got) != 2 || got[1].Seq != 4 {
		t.Errorf("the log holds %+v", got)
	}
}

func TestAwait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLog(now, Max)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		found := make(chan []Movement, 1)
		go func() { found <- l.Await(ctx, Query{Kind: Refund}) }()
		synctest.Wait()
		l.Record(Movement{Kind: Charge})
		synctest.Wait()
		if len(found) != 0 {
			t.Fatal("woken by the wrong movement")
		}
		l.Record(Movement{Kind: Refund})
		if got := <-found; len(got) != 1 || got[0].Seq != 2 {
			t.Errorf("found %+v", got)
		}
		started := time.Now()
		if got := l.Await(ctx, Query{After: 2}); len(got) != 0 || time.Since(started) != time.Minute {
			t.Errorf("found %+v after %v", got, time.Since(started))
		}
	})
}

func TestSequenceHasNoGap(t *testing.T) {
	l := NewLog(now, Max)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for range 50 {
				l.Record(Movement{Kind: Charge})
			}
		})
	}
	all.Wait()
	for i, m := range l.All() {
		if m.Seq != int64(i+1) {
			t.Fatalf("line %d has seq %d", i, m.Seq)
		}
	}
	if len(l.All()) != 1000 {
		t.Errorf("%d lines", len(l.All()))
	}
}

func TestSelectIsBounded(t *testing.T) {
	l := NewLog(now, Max)
	for range SelectMax + 1 {
		l.Record(Movement{Kind: Charge})
	}
	page := l.Select(Query{})
	rest := l.Select(Query{After: page[len(page)-1].Seq})
	if len(page) != SelectMax || len(rest) != 1 {
		t.Errorf("pages of %d and %d", len(page), len(rest))
	}
}

func TestQueryFindsTheTransfersOfACharge(t *testing.T) {
	l := NewLog(now, Max)
	l.Record(Movement{Channel: "a", Kind: Authorization, Reference: "att_1"})
	l.Record(Movement{Channel: "a", Kind: Capture, Reference: "cap_1", Charge: "att_1"})
	l.Record(Movement{Channel: "b", Kind: Capture, Reference: "cap_2", Charge: "att_2"})
	for _, row := range []struct {
		query Query
		want  int
	}{
		{Query{}, 3},
		{Query{Channel: "a"}, 2},
		{Query{Reference: "att_1"}, 2},
		{Query{Reference: "cap_1"}, 1},
		{Query{Kind: Capture}, 2},
		{Query{Kind: Capture, Channel: "b"}, 1},
		{Query{After: 99}, 0},
	} {
		if got := l.Select(row.query); len(got) != row.want {
			t.Errorf("%+v finds %d, want %d", row.query, len(got), row.want)
		}
	}
}
