package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/causeway-pay/causeway/payment"
)

// waiting is a step of a merchant's payment.
func waiting(merchant, id string) *step {
	return &step{
		Transition: payment.Transition{After: payment.Payment{ID: payment.ID(id), Merchant: merchant}}, stamp: id, turn: make(chan []*step, 1),
	}
}

// joined is what became of a call of join.
type joined struct {
	batch []*step
	err   error
}

// join calls join behind the test's back.
func join(ctx context.Context, g *group, s *step) <-chan joined {
	done := make(chan joined, 1)
	go func() {
		batch, err := g.join(ctx, s)
		done <- joined{batch, err}
	}()
	synctest.Wait() // it has the turn, or waits
	return done
}

// heard is what a call of join has returned by now.
func heard(t *testing.T, done <-chan joined) joined {
	t.Helper()
	synctest.Wait()
	select {
	case j := <-done:
		return j
	default:
		t.Fatal("it still waits")
		return joined{}
	}
}

func waits(t *testing.T, done <-chan joined) {
	t.Helper()
	synctest.Wait()
	if len(done) > 0 {
		t.Fatalf("it does not wait: %+v", <-done)
	}
}

func TestWhoFindsNobodyWritingWritesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, first := newGroup(), waiting("m_1", "pay_1")
		for range 2 {
			if j := heard(t, join(t.Context(), g, first)); j.err != nil || !slices.Equal(j.batch, []*step{first}) {
				t.Fatalf("%+v", j)
			}
			g.settled([]*step{first})
		}
	})
}

func TestTheFirstWhoWaitsWritesForAllWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup()
		first, second, third, fourth := waiting("m_1", "pay_1"), waiting("m_1", "pay_2"), waiting("m_1", "pay_3"), waiting("m_1", "pay_4")
		writes := heard(t, join(t.Context(), g, first))
		two, three := join(t.Context(), g, second), join(t.Context(), g, third)
		waits(t, two)
		g.settled(writes.batch)
		leads := heard(t, two)
		if !slices.Equal(leads.batch, []*step{second, third}) {
			t.Fatalf("%+v", leads)
		}
		waits(t, three) // for the one that writes it
		four := join(t.Context(), g, fourth)
		waits(t, four)
		g.settled(leads.batch)
		if j := heard(t, three); j.batch != nil || j.err != nil {
			t.Errorf("whose step was written by another: %+v", j)
		}
		if j := heard(t, four); !slices.Equal(j.batch, []*step{fourth}) {
			t.Errorf("the next batch: %+v", j)
		}
		g.settled([]*step{fourth})
		if g.writing || g.waiting != 0 || len(g.lines) != 0 || len(g.of) != 0 {
			t.Errorf("something is left: %+v", g)
		}
	})
}

// What two steps would both change is changed by one batch after the other, in the order in which they came.
func TestABatchSeesEachThingOnce(t *testing.T) {
	key := func(s *step) { s.Key = &payment.Key{Merchant: "m_1", Path: "/v1/payments", Key: "k"} }
	for name, same := range map[string]func(s *step){
		"payment":  func(s *step) { s.After.ID = "pay_1" },
		"key":      key,
		"quote":    func(s *step) { s.Accept = "quo_1" },
		"callback": func(s *step) { s.Callback = &payment.Callback{Channel: "card.a", Event: "evt_1"} },
	} {
		t.Run(name, func(t *testing.T) {
			g := newGroup()
			one, two, three, other := waiting("m_1", "pay_1"), waiting("m_2", "pay_2"), waiting("m_1", "pay_3"), waiting("m_1", "pay_4")
			for _, s := range []*step{one, two, three} {
				same(s)
			}
			for _, s := range []*step{one, other, two, three} {
				g.queue(s)
			}
			for i, want := range [][]*step{{one, other}, {two}, {three}, nil} {
				if got := g.next(); !slices.Equal(got, want) {
					t.Errorf("batch %d has %v", i, got)
				}
			}

			for _, s := range []*step{one, two} {
				g.queue(s)
			}
			for n := range batchMax {
				g.queue(waiting("m_3", fmt.Sprint("pay_other_", n)))
				g.queue(waiting("m_4", fmt.Sprint("pay_more_", n)))
			}
			if got := g.next(); slices.Contains(got, two) || len(got) != batchMax {
				t.Errorf("a full batch of %d", len(got))
			}
			if got := g.next(); got[0] != two {
				t.Errorf("who was held back writes the next batch, and not %s", got[0].After.ID)
			}
		})
	}
}

// However much of one merchant waits, another has their turn in the next batch, and all are written in the order of their own.
func TestMerchantsTakeTurns(t *testing.T) {
	g := newGroup()
	var flood []*step
	for n := range 3 * batchMax {
		s := waiting("m_flood", fmt.Sprint("pay_", n))
		flood = append(flood, s)
		g.queue(s)
	}
	few := []*step{waiting("m_a", "pay_a"), waiting("m_b", "pay_b"), waiting("m_a", "pay_a2")}
	for _, s := range few {
		g.queue(s)
	}
	first := g.next()
	if len(first) != batchMax {
		t.Fatalf("%d steps in a batch", len(first))
	}
	for _, s := range few {
		if !slices.Contains(first, s) {
			t.Errorf("%s of %s has to wait for the flood", s.After.ID, s.After.Merchant)
		}
	}
	var written []*step
	for batch := first; len(batch) > 0; batch = g.next() {
		if len(batch) > batchMax {
			t.Errorf("%d steps in a batch", len(batch))
		}
		for _, s := range batch {
			if s.After.Merchant == "m_flood" {
				written = append(written, s)
			}
		}
	}
	if !slices.Equal(written, flood) || g.waiting != 0 {
		t.Errorf("%d of %d were written in their order, and %d wait", len(written), len(flood), g.waiting)
	}
}

func TestWhoGivesUpLeavesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup()
		first, gone, stays := waiting("m_1", "pay_1"), waiting("m_2", "pay_2"), waiting("m_2", "pay_3")
		writes := heard(t, join(t.Context(), g, first))
		ctx, giveUp := context.WithCancel(t.Context())
		gives, waitsOn := join(ctx, g, gone), join(t.Context(), g, stays)
		giveUp()
		if j := heard(t, gives); !errors.Is(j.err, context.Canceled) || g.waiting != 1 {
			t.Errorf("%+v, and %d wait", j, g.waiting)
		}
		g.settled(writes.batch)
		if j := heard(t, waitsOn); !slices.Equal(j.batch, []*step{stays}) {
			t.Errorf("%+v", j)
		}
		g.settled([]*step{stays})

		if j := heard(t, join(ctx, g, gone)); !errors.Is(j.err, context.Canceled) || g.writing || g.waiting != 0 {
			t.Errorf("who had gone before: %+v", j)
		}
	})
}

// A step in a batch cannot be taken back, and whoever was handed a batch writes it, though nobody waits for theirs any more.
func TestWhoGivesUpTooLateStaysInTheBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup()
		first, leader, follower := waiting("m_1", "pay_1"), waiting("m_1", "pay_2"), waiting("m_1", "pay_3")
		writes := heard(t, join(t.Context(), g, first))
		ctx, giveUp := context.WithCancel(t.Context())
		leads, follows := join(ctx, g, leader), join(ctx, g, follower)
		g.mu.Lock()
		giveUp()
		next := g.next() // the moment between the choice of a batch and its handing over
		g.mu.Unlock()
		waits(t, leads)
		waits(t, follows)
		g.settled(writes.batch) // nobody else waits
		leader.turn <- next
		j := heard(t, leads)
		if j.err != nil || !slices.Equal(j.batch, []*step{leader, follower}) {
			t.Fatalf("who is to write: %+v", j)
		}
		g.settled(j.batch)
		if j := heard(t, follows); j.batch != nil || j.err != nil {
			t.Errorf("whose step was written: %+v", j)
		}
	})
}

func TestTheQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup()
		writes := heard(t, join(t.Context(), g, waiting("m_1", "pay_writes")))
		for n := range queueMax - 1 {
			g.queue(waiting(fmt.Sprint("m_", n%100), fmt.Sprint("pay_", n)))
		}
		ctx, giveUp := context.WithCancel(t.Context())
		last := join(ctx, g, waiting("m_1", "pay_last"))
		waits(t, last)
		if j := heard(t, join(t.Context(), g, waiting("m_1", "pay_beyond"))); j.err == nil || j.batch != nil {
			t.Errorf("beyond the bound: %+v", j)
		}
		giveUp()
		if j := heard(t, last); j.err == nil {
			t.Errorf("%+v", j)
		}
		waits(t, join(t.Context(), g, waiting("m_1", "pay_again"))) // there is room for one
		for batch := writes.batch; len(batch) > 0; batch = g.next() {
			for _, s := range batch {
				s.turn <- nil
			}
		}
		if g.waiting != 0 {
			t.Errorf("%d wait", g.waiting)
		}
	})
}

// scripted is a database whose statements end as a script says. Beyond its script it panics.
type scripted struct {
	statements []error // one for each transaction
	begun      int
}

func (s *scripted) Connect(context.Context) (driver.Conn, error) { return s, nil }
func (s *scripted) Driver() driver.Driver                        { return nil }
func (s *scripted) Begin() (driver.Tx, error)                    { s.begun++; return s, nil }
func (s *scripted) Close() error                                 { return nil }
func (s *scripted) Commit() error                                { return nil }
func (s *scripted) Rollback() error                              { return nil }

func (s *scripted) Prepare(string) (driver.Stmt, error) {
	if s.begun > len(s.statements) {
		panic("one transaction too many")
	}
	return nil, s.statements[max(s.begun, 1)-1]
}

// over is a store over it, of which nothing can be read.
func over(t *testing.T, s *scripted) *DB {
	db := &DB{write: sql.OpenDB(s), read: sql.OpenDB(&scripted{statements: []error{io.ErrUnexpectedEOF}}), dialect: sqliteDialect, group: newGroup()}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestWhereTheDatabaseDoesNotAnswerNobodyIsTriedAlone(t *testing.T) {
	refuses := &pgconn.PgError{Code: "23505", Severity: "ERROR"}
	for name, test := range map[string]struct {
		statements []error
		begun      int
	}{
		"at all":                    {[]error{io.ErrUnexpectedEOF}, 1},
		"once a batch has broken":   {[]error{refuses, io.ErrUnexpectedEOF}, 2},
		"once a part of it is told": {[]error{refuses, refuses, refuses, io.ErrUnexpectedEOF}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			script := &scripted{statements: test.statements}
			db := over(t, script)
			batch := []*step{waiting("m_1", "pay_1"), waiting("m_2", "pay_2"), waiting("m_3", "pay_3"), waiting("m_4", "pay_4")}
			db.settle(t.Context(), batch)
			if script.begun != test.begun {
				t.Errorf("%d transactions were begun, want %d", script.begun, test.begun)
			}
			for i, s := range batch {
				if s.err == nil || errors.Is(s.err, refuses) && i > 0 {
					t.Errorf("%s: %v", s.After.ID, s.err)
				}
			}
			if err := explain("commit", batch[3].err); !errors.Is(err, payment.ErrUnavailable) {
				t.Errorf("the last is told %v", err)
			}
		})
	}
}

// Whoever writes for others may trip over a fault of ours. All of them hear of it, and the next batch is written.
func TestAPanicLeavesNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := over(t, &scripted{}) // there is no transaction in its script
		first, second, third := waiting("m_1", "pay_1"), waiting("m_1", "pay_2"), waiting("m_1", "pay_3")
		writes := heard(t, join(t.Context(), db.group, first))
		leads, follows := join(t.Context(), db.group, second), join(t.Context(), db.group, third)
		db.settle(t.Context(), writes.batch)
		db.settle(t.Context(), heard(t, leads).batch)
		if j := heard(t, follows); j.batch != nil || j.err != nil {
			t.Errorf("%+v", j)
		}
		for _, s := range []*step{first, second, third} {
			if err := explain("commit", s.err); !errors.Is(err, errPanic) || errors.Is(err, payment.ErrUnavailable) {
				t.Errorf("%s: %v", s.After.ID, err)
			}
		}
		if j := heard(t, join(t.Context(), db.group, waiting("m_1", "pay_4"))); len(j.batch) != 1 {
			t.Errorf("afterwards: %+v", j)
		}
	})
}
