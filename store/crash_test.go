package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/audit"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/store"
	"github.com/causeway-pay/causeway/store/storetest"
)

const (
	crashAtOnce = 32  // steps that are under way when something is killed
	crashAfter  = 200 // steps that are told before it is
	crashKills  = 3
	askAgain    = 20 * time.Millisecond
)

// told is a step and what became of it, as whoever asked for it was told.
type told struct {
	id      payment.ID
	version int64
	want    error // the only refusal that it may hear of; nil: none
	got     error
}

// crowd commits payments from their first step to their last, many at once, and beside each a step that has to be refused: before
// anything of it is written, or after all else was. hear is called with what each step was told, by many at once.
func crowd(ctx context.Context, db *store.DB, next *atomic.Int64, hear func(told)) error {
	var working sync.WaitGroup
	failed := make(chan error, crashAtOnce)
	for range crashAtOnce {
		working.Go(func() {
			for ctx.Err() == nil {
				if err := pay(db, int(next.Add(2)), hear); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	working.Wait()
	close(failed)
	return <-failed
}

// pay commits payment n, and has a step of it or of the next refused.
func pay(db *store.DB, n int, hear func(told)) error {
	ctx := context.Background() // nobody gives up
	both, err := storetest.Sound(n)
	if err != nil {
		return err
	}
	other, err := storetest.Sound(n + 1)
	if err != nil {
		return err
	}
	refused, want := other[0], payment.ErrKeyUsed
	refused.Key = usedKey("pay_other")
	if n%4 == 0 {
		refused, want = overdraft(both[1].After), payment.ErrInsufficient
	}
	for _, s := range []struct {
		payment.Transition
		want error
	}{{both[0], nil}, {both[1], nil}, {refused, want}} {
		err := db.Commit(ctx, s.Transition)
		hear(told{s.After.ID, s.After.Version, s.want, err})
		if errors.Is(err, payment.ErrUnavailable) {
			for db.Ping(ctx) != nil {
				time.Sleep(askAgain)
			}
			return nil // what became of it is looked at when all is over
		}
	}
	return nil
}

func usedKey(object payment.ID) *payment.Key {
	return &payment.Key{Merchant: "m_1", Path: "/v1/payments", Key: "used", Hash: "h", Object: string(object), Payment: object, At: storetest.Start}
}

// overdraft is a step that draws on what the merchant never has.
func overdraft(p payment.Payment) payment.Transition {
	t := payment.Transition{Before: p, After: p, Floors: []ledger.Account{ledger.MerchantAvailable(p.Merchant)}}
	t.After.Version++
	t.After.RetryAt = storetest.Start
	t.Entries = []ledger.Entry{ledger.RefundRequest{
		ID: string(p.ID) + ":drawn", Merchant: p.Merchant, FromPending: money.Must("0.00", "USD"), FromAvailable: money.Must("0.01", "USD"),
	}.Entry()}
	return t
}

// begin takes the key that is used ever after.
func begin(t *testing.T, db *store.DB) {
	t.Helper()
	first := made(t, 0)
	first.Key = usedKey(first.After.ID)
	if err := db.Commit(t.Context(), first); err != nil {
		t.Fatal(err)
	}
}

// holds demands of what was told that it is true: what was committed stands, what was refused does not and for its own reason, and
// what else failed was said to be unavailable. What stands is whole.
func holds(t *testing.T, db *store.DB, all []told) (unavailable int) {
	t.Helper()
	newest := map[payment.ID]int64{}
	for _, s := range all {
		p, err := db.Payment(t.Context(), s.id)
		if err != nil && !errors.Is(err, payment.ErrNotFound) {
			t.Fatal(err)
		}
		newest[s.id] = p.Version
	}
	for _, s := range all {
		stands := newest[s.id] >= s.version
		switch {
		case s.got == nil && (s.want != nil || !stands):
			t.Errorf("%s %d was told as committed; it stands: %t, it wants %v", s.id, s.version, stands, s.want)
		case errors.Is(s.got, payment.ErrUnavailable):
			unavailable++
			if stands && s.want != nil {
				t.Errorf("%s %d stands, and should have been refused: %v", s.id, s.version, s.want)
			}
		case s.got != nil && (stands || s.want == nil || !errors.Is(s.got, s.want)):
			t.Errorf("%s %d was refused: %v; it stands: %t, it wants %v", s.id, s.version, s.got, stands, s.want)
		}
	}
	report, err := audit.Run(t.Context(), db, storetest.Start, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range report.Invariants {
		if i.Broken > 0 && slices.Contains([]string{"I3", "I4", "I6", "I8"}, i.ID) {
			t.Errorf("%s: %v", i.ID, i.Faults)
		}
	}
	return unavailable
}

// ownServices is set for a test that runs beside servers which are its own, and may be killed.
const ownServices = "CAUSEWAY_TEST_OWN"

// besideItsOwn runs a test again, beside a PostgreSQL of its own, and reports whether that is where it runs already.
func besideItsOwn(t *testing.T) bool {
	t.Helper()
	if os.Getenv(ownServices) != "" {
		return true
	}
	again := exec.CommandContext(t.Context(), "../scripts/with-services", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	again.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "CAUSEWAY_TEST_") }), ownServices+"=1")
	said, err := again.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, said)
	}
	t.Logf("%s", said)
	return false
}

// PostgreSQL is killed, again and again, while batches are written. It forgets whatever was not on disk.
func TestPostgreSQLIsKilledInTheMiddleOfBatches(t *testing.T) {
	if !besideItsOwn(t) {
		return
	}
	db := open(t, storetest.Postgres(t))
	begin(t, db)
	var mu sync.Mutex
	var all []told
	var heard atomic.Int64
	ctx, enough := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- crowd(ctx, db, new(atomic.Int64), func(s told) {
			mu.Lock()
			defer mu.Unlock()
			all = append(all, s)
			heard.Add(1)
		})
	}()
	for range crashKills {
		for from := heard.Load(); heard.Load() < from+crashAfter; {
			time.Sleep(askAgain)
		}
		killPostgres(t)
	}
	enough()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if n := holds(t, db, all); n < crashKills {
		t.Errorf("of %d steps only %d met a database that was killed", len(all), n)
	} else {
		t.Logf("of %d steps %d met a database that was killed", len(all), n)
	}
}

// killPostgres ends the server at once, as a crash does, and starts it again.
func killPostgres(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(os.Getenv("CAUSEWAY_TEST_SERVICES"), "postgres/postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err == nil {
		err = syscall.Kill(pid, syscall.SIGQUIT) // to every process of it: leave, and write nothing any more
	}
	if err != nil {
		t.Fatal(err)
	}
	if said, err := exec.CommandContext(t.Context(), "../scripts/with-services", "--start", "postgres").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
}

// crashDSN tells a process of ours that it is the gateway to be killed.
const crashDSN = "CAUSEWAY_TEST_CRASH_DSN"

// A gateway is killed while batches are written: the next one finds all that anybody was told of.
func TestAGatewayIsKilledInTheMiddleOfBatches(t *testing.T) {
	if dsn := os.Getenv(crashDSN); dsn != "" {
		from, err := strconv.ParseInt(os.Getenv(crashDSN+"_FROM"), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		var next atomic.Int64
		next.Store(from)
		t.Fatal(crowd(t.Context(), open(t, dsn), &next, func(s told) {
			fmt.Fprintln(os.Stderr, "told", s.id, s.version, text(s.want), text(s.got)) // one write, which nothing holds back
		}))
	}
	for name, empty := range databases {
		t.Run(name, func(t *testing.T) {
			dsn := empty(t).dsn
			db := open(t, dsn)
			begin(t, db)
			var all []told
			for kill := range crashKills {
				all = append(all, killed(t, dsn, kill*1_000_000)...)
			}
			if n := holds(t, db, all); n > 0 {
				t.Errorf("%d of %d steps met a database that was away", n, len(all))
			}
		})
	}
}

// killed runs a gateway, kills it once it has told of enough, and returns what it told.
func killed(t *testing.T, dsn string, from int) []told {
	t.Helper()
	gateway := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAGatewayIsKilledInTheMiddleOfBatches$")
	gateway.Env = append(os.Environ(), crashDSN+"="+dsn, fmt.Sprintf("%s_FROM=%d", crashDSN, from))
	says, err := gateway.StderrPipe()
	if err == nil {
		err = gateway.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	var all []told
	lines := bufio.NewScanner(says)
	for lines.Scan() {
		var s told
		var want, got string
		if _, err := fmt.Sscan(lines.Text(), new(string), &s.id, &s.version, &want, &got); err != nil {
			continue // of no interest, or cut off
		}
		s.want, s.got = named(want), named(got)
		if all = append(all, s); len(all) == crashAfter {
			if err := gateway.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = gateway.Wait() // it was killed
	if len(all) < crashAfter {
		t.Fatalf("the gateway told of %d steps", len(all))
	}
	return all
}

var crashNames = map[string]error{"key_used": payment.ErrKeyUsed, "insufficient": payment.ErrInsufficient, "unavailable": payment.ErrUnavailable}

// text names what a step was told.
func text(err error) string {
	if err == nil {
		return "committed"
	}
	for name, known := range crashNames {
		if errors.Is(err, known) {
			return name
		}
	}
	return "other"
}

func named(text string) error {
	switch err, ok := crashNames[text]; {
	case text == "committed":
		return nil
	case ok:
		return err
	}
	return errors.New(text)
}
