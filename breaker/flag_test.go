package breaker_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/causeway-pay/causeway/breaker"
)

func decide(t testing.TB, b *breaker.Board, f breaker.Flag) breaker.Flag {
	t.Helper()
	f.Channel, f.By = acme, "on-call"
	kept, err := b.Decide(f)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

func TestFlagsStandInFront(t *testing.T) {
	until := time.Now().Add(time.Hour)
	for _, c := range []struct {
		status breaker.Status
		want   error
	}{
		{breaker.ForcedOpen, breaker.ErrOpen},
		{breaker.Draining, breaker.ErrDraining},
		{breaker.Maintenance, breaker.ErrMaintenance},
	} {
		t.Run(string(c.status), func(t *testing.T) {
			b := newBoard(t, breaker.Config{})
			underWay, err := b.Allow(acme, large)
			if err != nil {
				t.Fatal(err)
			}
			decide(t, b, breaker.Flag{Status: c.status, Until: until, Note: "INC-7"})
			s := stateOf(t, b)
			if s.Status != c.status || s.Reason != "set by on-call: INC-7" || !s.Until.Equal(until) || s.Accepts(small) {
				t.Fatalf("state %+v", s)
			}
			wantRefusal(t, b, small, c.want)
			underWay(breaker.Healthy)

			done, err := b.AllowResolve(acme)
			if err != nil {
				t.Fatal(err)
			}
			done()
			decide(t, b, breaker.Flag{Status: breaker.Closed})
			submit(t, b, large, breaker.Healthy)
		})
	}
}

func TestMaintenanceIsAWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(t, breaker.Config{})
		from := time.Now().Add(time.Hour)
		decide(t, b, breaker.Flag{Status: breaker.Maintenance, From: from, Until: from.Add(time.Hour)})
		submit(t, b, large, breaker.Healthy)
		time.Sleep(time.Hour)
		wantRefusal(t, b, large, breaker.ErrMaintenance)
		if s := stateOf(t, b); !s.Since.Equal(from) {
			t.Fatalf("since %s, want %s", s.Since, from)
		}
		time.Sleep(time.Hour)
		submit(t, b, large, breaker.Healthy)
		if s := stateOf(t, b); !s.Since.Equal(from.Add(time.Hour)) {
			t.Fatalf("since %s, want the end of the window", s.Since)
		}
	})
}

func TestOperatorCloseStartsAfresh(t *testing.T) {
	b := newBoard(t, breaker.Config{})
	before, err := b.Allow(acme, large)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		submit(t, b, large, breaker.Faulty)
	}
	decide(t, b, breaker.Flag{Status: breaker.Closed})
	for range 3 {
		submit(t, b, large, breaker.Faulty)
	}
	before(breaker.Faulty) // would be the fourth, then and now; it belongs to neither
	if s := stateOf(t, b); s.Status != breaker.Closed || s.InFlight != 0 || s.Trips != 0 {
		t.Fatalf("state %+v", s)
	}
	submit(t, b, large, breaker.Faulty)
	wantStatus(t, b, breaker.Open)
	decide(t, b, breaker.Flag{Status: breaker.Closed})
	wantStatus(t, b, breaker.Closed)
}

func TestFlagsOutliveTheProcess(t *testing.T) {
	before := newBoard(t, breaker.Config{})
	decide(t, before, breaker.Flag{Status: breaker.Draining, Note: "contract ends"})

	after := newBoard(t, breaker.Config{})
	if err := after.SetFlags(before.Flags()); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, after, small, breaker.ErrDraining)
	if got, want := after.Flags(), before.Flags(); !slices.Equal(got, want) {
		t.Fatalf("flags %+v, want %+v", got, want)
	}
}

func TestTheNewestDecisionWinsInAnyOrder(t *testing.T) {
	b := newBoard(t, breaker.Config{})
	drain := decide(t, b, breaker.Flag{Status: breaker.Draining})
	force := decide(t, b, breaker.Flag{Status: breaker.ForcedOpen})
	lift := decide(t, b, breaker.Flag{Status: breaker.Closed})
	for _, order := range [][]breaker.Flag{
		{drain, force, lift},
		{lift, force, drain},
		{force, lift, drain, force},
	} {
		other := newBoard(t, breaker.Config{})
		if err := other.SetFlags(order); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, other, breaker.Closed)
	}

	tied := drain
	tied.By = "somebody else"
	for _, order := range [][]breaker.Flag{{drain, tied}, {tied, drain}} {
		other := newBoard(t, breaker.Config{})
		if err := other.SetFlags(order); err != nil {
			t.Fatal(err)
		}
		if got := other.Flags()[0].By; got != "somebody else" {
			t.Fatalf("two decisions at once: %q wins", got)
		}
	}
}

func TestADecisionBeatsOneFromAClockAhead(t *testing.T) {
	b := newBoard(t, breaker.Config{})
	ahead := breaker.Flag{Channel: acme, Status: breaker.Draining, By: "elsewhere", At: time.Now().Add(time.Hour)}
	if err := b.SetFlags([]breaker.Flag{ahead}); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, b, breaker.Draining)
	kept := decide(t, b, breaker.Flag{Status: breaker.Closed})
	wantStatus(t, b, breaker.Closed)
	if !kept.At.After(ahead.At) {
		t.Fatalf("decided at %s, the earlier one at %s", kept.At, ahead.At)
	}
}

func TestBadFlagsNameEveryFault(t *testing.T) {
	b := newBoard(t, breaker.Config{})
	now := time.Now()
	_, err := b.Decide(breaker.Flag{
		Channel: acme, Status: "half_open", From: now, Until: now.Add(-time.Hour), Note: strings.Repeat("é", 501),
	})
	for _, field := range []string{"status", "until", "by", "note"} {
		if err == nil || !strings.Contains(err.Error(), field+" must") {
			t.Errorf("%v does not name %s", err, field)
		}
	}
	_, err = b.Decide(breaker.Flag{Channel: acme, Status: breaker.Maintenance, By: "on-call"})
	if err == nil || !strings.Contains(err.Error(), "until must") {
		t.Errorf("maintenance without an end: %v", err)
	}
	_, err = b.Decide(breaker.Flag{Channel: acme, Status: breaker.Draining, Until: now.Add(-time.Second), By: "on-call"})
	if err == nil || !strings.Contains(err.Error(), "until must") {
		t.Errorf("an end in the past: %v", err)
	}
	_, err = b.Decide(breaker.Flag{Channel: acme, Status: breaker.Closed, From: now.Add(time.Hour), By: "on-call"})
	if err == nil || !strings.Contains(err.Error(), "from and until must") {
		t.Errorf("closing later: %v", err)
	}
	if flags := b.Flags(); len(flags) != 0 {
		t.Errorf("flags %+v", flags)
	}
}

func TestSetFlagsTakesTheGoodAndNamesTheBad(t *testing.T) {
	b := newBoard(t, breaker.Config{})
	err := b.SetFlags([]breaker.Flag{
		{Channel: acme, Status: "ajar"},
		{Channel: "card.nobody", Status: breaker.Draining, By: "on-call", At: time.Now()},
		{Channel: acme, Status: breaker.Draining, By: "on-call", At: time.Now()},
	})
	if err == nil || !strings.Contains(err.Error(), acme) || strings.Contains(err.Error(), "nobody") {
		t.Fatalf("error %v", err)
	}
	wantStatus(t, b, breaker.Draining)
}
