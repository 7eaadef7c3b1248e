package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/causeway-pay/causeway/sim"
)

// scripted plays what a test wants.
type scripted struct {
	mu     *sync.Mutex
	played *[]sim.Batch
	of     func(b sim.Batch) (sim.Report, error)
}

func (s scripted) play(_ context.Context, b sim.Batch) (sim.Report, error) {
	s.mu.Lock()
	*s.played = append(*s.played, b)
	s.mu.Unlock()
	return s.of(b)
}

func quiet() *progress { return &progress{out: &bytes.Buffer{}, every: time.Hour, payments: 1} }

// sound is a run in which every kind of fault happened and nothing broke.
func sound(b sim.Batch) (sim.Report, error) {
	r := sim.Report{Payments: b.Payments, Span: time.Hour, Faults: map[sim.Fault]int{}}
	for _, kind := range sim.Faults() {
		r.Faults[kind] = 2
	}
	return r, nil
}

// run plays payments from seed 7 with two players, and returns what is told of it.
func run(payments, size int, of func(b sim.Batch) (sim.Report, error)) (said string, good bool, played []sim.Batch) {
	var mu sync.Mutex
	one := scripted{&mu, &played, of}
	s := settings{seed: 7, payments: payments, store: "sqlite"}
	total, failures := play(context.Background(), []player{one, one}, sim.Batches(s.seed, payments, size), quiet())
	var out bytes.Buffer
	summarize(&out, total, 1<<20, time.Second)
	good = s.verdict(&out, total, failures)
	return out.String(), good, played
}

func TestAllIsPlayedOnceAndAddedUp(t *testing.T) {
	said, good, played := run(25_000, 1_000, sound)
	if !good || len(played) != 25 {
		t.Errorf("good: %t, played %d batches:\n%s", good, len(played), said)
	}
	for _, want := range []string{"25,000", " 50 │"} {
		if !strings.Contains(said, want) {
			t.Errorf("nothing says %q:\n%s", want, said)
		}
	}
}

func TestAFailureNamesTheCommandThatShowsItAgain(t *testing.T) {
	synctest.Test(t, aFailureNamesTheCommandThatShowsItAgain)
}

func aFailureNamesTheCommandThatShowsItAgain(t *testing.T) {
	for name, fail := range map[string]func(b sim.Batch) (sim.Report, error){
		"charged 2 times": func(b sim.Batch) (sim.Report, error) {
			r, err := sound(b)
			r.Violations = []sim.Violation{{Invariant: "I1", Of: "pay_1", What: "charged 2 times"}}
			return r, err
		},
		"it died": func(sim.Batch) (sim.Report, error) { return sim.Report{}, errors.New("it died") },
	} {
		said, good, played := run(10_000, 50, func(b sim.Batch) (sim.Report, error) {
			if b.Seed == 7 {
				return fail(b)
			}
			time.Sleep(time.Second) // the failure is known before any other is played to its end
			return sound(b)
		})
		if good || !strings.Contains(said, name) || !strings.Contains(said, "again: make sim SEED=7 PAYMENTS=50 STORE=sqlite\n") {
			t.Errorf("%s: good: %t\n%s", name, good, said)
		}
		if len(played) > 3 { // the one that failed, one beside it, and one that was taken before the failure was told
			t.Errorf("%s: it went on for %d batches", name, len(played))
		}
	}
}

func TestWhatPeersHoldAndNeedlessReviewsAreCountedByName(t *testing.T) {
	for invariant, row := range map[string]string{
		sim.HeldByPeers:    "held by peers otherwise than the ledger says",
		sim.NeedlessReview: "in review for no reason",
		"I7":               "other invariants broken",
	} {
		var out bytes.Buffer
		summarize(&out, sim.Report{Violations: []sim.Violation{{Invariant: invariant}}}, 0, 0)
		for line := range strings.Lines(out.String()) {
			if strings.Contains(line, row) && strings.Contains(line, " 1 │") {
				row = ""
			}
		}
		if row != "" {
			t.Errorf("%s is not counted as %q:\n%s", invariant, row, &out)
		}
	}
}

func TestAKindOfFaultThatNeverHappenedFails(t *testing.T) {
	for payments, good := range map[int]bool{kindsFrom: false, kindsFrom - 1: true} {
		said, was, _ := run(payments, payments, func(b sim.Batch) (sim.Report, error) {
			r, err := sound(b)
			r.Faults[sim.Killed] = 0
			return r, err
		})
		if was != good || strings.Contains(said, "never happened, so nothing is known of it: "+string(sim.Killed)) == good {
			t.Errorf("%d payments: good: %t\n%s", payments, was, said)
		}
	}
}

func TestFewerThanWereAskedForFails(t *testing.T) {
	if said, good, _ := run(50, 50, func(b sim.Batch) (sim.Report, error) { b.Payments--; return sound(b) }); good {
		t.Errorf("49 of 50 were enough:\n%s", said)
	}
}

func TestAWorkerPlaysUntilItDies(t *testing.T) {
	const script = `read order; echo '{"Payments":5}' >&3; read order; echo "no room for $order"; exit 3`
	w, err := startWorker("sh", "-c", script)
	if err != nil {
		t.Fatal(err)
	}
	b := sim.Batch{Seed: 1<<64 - 1, Payments: 5}
	if r, err := w.play(t.Context(), b); err != nil || r.Payments != 5 {
		t.Errorf("played %+v, %v", r, err)
	}
	_, err = w.play(t.Context(), b)
	if err == nil || !strings.Contains(err.Error(), `exit status 3`) || !strings.Contains(err.Error(), `no room for {"Seed":18446744073709551615,"Payments":5}`) {
		t.Errorf("it died with %v", err)
	}
	if peak := w.end(); peak < 1<<10 {
		t.Errorf("it used %d bytes", peak)
	}
}

func TestProgressIsALineOrABar(t *testing.T) { synctest.Test(t, progressIsALineOrABar) }

func progressIsALineOrABar(t *testing.T) {
	for terminal, want := range map[bool]string{
		false: " 25 %  1,000 payments · 3 faults · 1 violations · 2.0 years · 30s left\n",
		true:  "\r\x1b[K██████░░░░░░░░░░░░░░░░░░  25 %  1,000 payments · 3 faults · 1 violations · 2.0 years · 30s left",
	} {
		var out bytes.Buffer
		p := progress{out: &out, terminal: terminal, payments: 4_000, began: time.Now().Add(-10 * time.Second)}
		p.draw(sim.Report{Payments: 1_000, Span: 2 * 8766 * time.Hour, Faults: map[sim.Fault]int{sim.Killed: 3}, Violations: make([]sim.Violation, 1)})
		if out.String() != want {
			t.Errorf("terminal: %t: %q, want %q", terminal, out.String(), want)
		}
	}
}
