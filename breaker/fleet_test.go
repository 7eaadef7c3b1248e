package breaker_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/causeway-pay/causeway/breaker"
)

const (
	every = 20 * time.Millisecond
	// patience is how long a test waits for what must come.
	patience = 20 * time.Second
	// membersKey and bulletinPrefix are what gateways of other versions use too.
	membersKey     = "{causeway:breaker}:gateways"
	bulletinPrefix = "{causeway:breaker}:gateway:"
)

// gateway is one process of the fleet. Its clock is the real one, because the
// network is.
type gateway struct {
	*breaker.Board
	changes chan breaker.Change
	stop    func() // leaves the fleet and returns when that is done
}

// join starts a gateway called name that meets the others at addr.
func join(t *testing.T, addr, name string, change ...func(*breaker.Config)) gateway {
	t.Helper()
	fleet, err := breaker.NewFleet("redis://"+addr, name, every)
	if err != nil {
		t.Fatal(err)
	}
	s := settings()
	s.OpenFor = time.Hour // it stays as it is
	g := gateway{changes: make(chan breaker.Change, 100)}
	c := breaker.Config{
		Channels: map[string]breaker.Settings{acme: s, nova: s},
		Fleet:    fleet,
		OnChange: func(c breaker.Change) { g.changes <- c },
	}
	for _, each := range change {
		each(&c)
	}
	g.Board = newBoard(t, c)
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() { g.Run(ctx); close(stopped) }()
	g.stop = func() { cancel(); <-stopped }
	t.Cleanup(func() {
		g.stop()
		if err := fleet.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

// await waits until channel has entered status.
func (g gateway) await(t *testing.T, channel string, status breaker.Status) breaker.State {
	t.Helper()
	limit := time.After(patience)
	for {
		if s, _ := g.State(channel); s.Status == status {
			return s
		}
		select {
		case <-g.changes:
		case <-time.After(every): // a change before Run first looked is not told
		case <-limit:
			t.Fatalf("%s is not %s: %+v", channel, status, g.States())
		}
	}
}

// flag decides status on channel.
func (g gateway) flag(t *testing.T, channel string, status breaker.Status) {
	t.Helper()
	if _, err := g.Decide(breaker.Flag{Channel: channel, Status: status, By: "on-call"}); err != nil {
		t.Fatal(err)
	}
}

// heard waits until to has read, and acted on, all that from has to say.
func heard(t *testing.T, from, to gateway) {
	t.Helper()
	for _, status := range []breaker.Status{breaker.ForcedOpen, breaker.Draining, breaker.Closed} {
		from.flag(t, nova, status)
		to.await(t, nova, status)
	}
}

func TestAQuorumAdvisesTheOthers(t *testing.T) {
	redis := miniredis.RunT(t)
	a, b, c := join(t, redis.Addr(), "a"), join(t, redis.Addr(), "b"), join(t, redis.Addr(), "c")
	heard(t, b, a)
	heard(t, c, a)

	trip(t, a.Board)
	heard(t, a, c)
	wantStatus(t, c.Board, breaker.Closed) // one of three

	trip(t, b.Board)
	s := c.await(t, acme, breaker.Open)
	if s.Reason != "2 of 3 gateways see trouble" || s.Trips != 0 {
		t.Fatalf("state %+v", s)
	}
	wantRefusal(t, c.Board, small, breaker.ErrOpen)

	b.stop() // one of two is no quorum
	c.await(t, acme, breaker.Closed)
	submit(t, c.Board, large, breaker.Healthy)
}

// Each gateway probes for itself: what the others do not see stops nothing here.
func TestWhatProbesFindIsNoAdvice(t *testing.T) {
	redis := miniredis.RunT(t)
	down := func(c *breaker.Config) {
		s := c.Channels[acme]
		s.ProbeEvery = every
		c.Channels[acme] = s
		c.Prober = probe(func(context.Context, string) error { return errDown })
	}
	a, b := join(t, redis.Addr(), "a", down), join(t, redis.Addr(), "b", down)
	c := join(t, redis.Addr(), "c")
	for _, g := range []gateway{a, b} {
		for stateOf(t, g.Board).Unwell == "" {
			<-g.changes
		}
	}
	heard(t, a, c)
	heard(t, b, c)
	if s := stateOf(t, c.Board).ForPayers(); s.Status != breaker.Closed {
		t.Errorf("state %+v", s)
	}
}

func TestOneOfTwoIsNoQuorum(t *testing.T) {
	redis := miniredis.RunT(t)
	a, b := join(t, redis.Addr(), "a"), join(t, redis.Addr(), "b")
	trip(t, a.Board)
	heard(t, a, b)
	wantStatus(t, b.Board, breaker.Closed)
}

func TestAnOperatorIsHeardEverywhere(t *testing.T) {
	redis := miniredis.RunT(t)
	a, b := join(t, redis.Addr(), "a"), join(t, redis.Addr(), "b")
	a.flag(t, acme, breaker.Draining)
	b.await(t, acme, breaker.Draining)

	late := join(t, redis.Addr(), "c") // who comes later learns as well
	late.await(t, acme, breaker.Draining)

	b.flag(t, acme, breaker.Closed)
	a.await(t, acme, breaker.Closed)
	late.await(t, acme, breaker.Closed)
}

func TestAnOperatorClosesTheWholeFleet(t *testing.T) {
	redis := miniredis.RunT(t)
	a, b, c := join(t, redis.Addr(), "a"), join(t, redis.Addr(), "b"), join(t, redis.Addr(), "c")
	trip(t, a.Board)
	trip(t, b.Board)
	c.await(t, acme, breaker.Open)
	c.flag(t, acme, breaker.Closed)
	for _, g := range []gateway{a, b, c} {
		g.await(t, acme, breaker.Closed)
	}
}

func TestRedisGoingAwayLeavesEachToItself(t *testing.T) {
	redis := miniredis.RunT(t)
	a, b, c := join(t, redis.Addr(), "a"), join(t, redis.Addr(), "b"), join(t, redis.Addr(), "c")
	trip(t, a.Board)
	trip(t, b.Board)
	c.await(t, acme, breaker.Open)

	redis.Close()
	c.await(t, acme, breaker.Closed) // the advice lapses
	submit(t, c.Board, large, breaker.Healthy)
	wantStatus(t, a.Board, breaker.Open) // what it saw itself stays
	c.flag(t, nova, breaker.Draining)
	if s, _ := c.State(nova); s.Status != breaker.Draining {
		t.Fatalf("state %+v", s)
	}

	if err := redis.Restart(); err != nil {
		t.Fatal(err)
	}
	c.await(t, acme, breaker.Open)
	a.await(t, nova, breaker.Draining)
}

func TestASilentRedisHoldsNobodyUp(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // its backlog connects, and nobody answers
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	g := join(t, silent.Addr().String(), "a")
	trip(t, g.Board)
	wantRefusal(t, g.Board, small, breaker.ErrOpen)
	g.flag(t, acme, breaker.Closed)
	submit(t, g.Board, large, breaker.Healthy)

	stopped := make(chan struct{})
	go func() { g.stop(); close(stopped) }()
	select {
	case <-stopped:
	case <-time.After(patience):
		t.Fatal("Run does not return while Redis is silent")
	}
}

func TestADeadGatewayHasNoVote(t *testing.T) {
	redis := miniredis.RunT(t)
	for _, dead := range []string{"x", "y"} {
		if _, err := redis.SAdd(membersKey, dead); err != nil {
			t.Fatal(err)
		}
		if err := redis.Set(bulletinPrefix+dead, `{"troubled":{"card.acme-eu":"open"}}`); err != nil {
			t.Fatal(err)
		}
		redis.SetTTL(bulletinPrefix+dead, 10*every)
	}
	g := join(t, redis.Addr(), "a")
	g.await(t, acme, breaker.Open)

	redis.FastForward(10 * every) // they die without a word
	g.await(t, acme, breaker.Closed)
	heard(t, g, join(t, redis.Addr(), "b")) // so a later exchange has ended
	for _, dead := range []string{"x", "y"} {
		if member, err := redis.SIsMember(membersKey, dead); err != nil || member {
			t.Errorf("%s is still a member (%v)", dead, err)
		}
	}
}

func TestNonsenseInRedisHasNoVote(t *testing.T) {
	redis := miniredis.RunT(t)
	for name, text := range map[string]string{
		"x": `not JSON`,
		"y": `{"troubled":["card.acme-eu"]}`,
		"z": `{"troubled":{"card.acme-eu":"open","card.acme-eu":"open"},"flags":[{"channel":"card.acme-eu","status":"ajar"}]}`,
	} {
		if _, err := redis.SAdd(membersKey, name); err != nil {
			t.Fatal(err)
		}
		if err := redis.Set(bulletinPrefix+name, text); err != nil {
			t.Fatal(err)
		}
	}
	a, b := join(t, redis.Addr(), "a"), join(t, redis.Addr(), "b")
	heard(t, a, b)
	wantStatus(t, a.Board, breaker.Closed)
	wantStatus(t, b.Board, breaker.Closed)
}

func TestNewFleetRefusesBadArguments(t *testing.T) {
	_, err := breaker.NewFleet("redis://:s3cret%zz@127.0.0.1", "a", every)
	if !errors.Is(err, breaker.ErrRedisURL) || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("a bad URL: %v", err)
	}
	_, err = breaker.NewFleet("redis://127.0.0.1:6379/0", "", 0)
	for _, want := range []string{"gateway must", "every must"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %q", err, want)
		}
	}
}
