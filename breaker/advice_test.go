package breaker

import (
	"testing"
	"time"
)

func TestQuorum(t *testing.T) {
	for _, c := range []struct {
		troubled, living int
		want             bool
	}{
		{0, 0, false},
		{1, 1, false}, // alone, a gateway has its own breaker
		{1, 2, false},
		{2, 2, true},
		{1, 3, false},
		{2, 3, true},
		{2, 4, false}, // half is no majority
		{3, 4, true},
		{2, 5, false},
		{3, 5, true},
	} {
		if got := quorum(c.troubled, c.living); got != c.want {
			t.Errorf("%d of %d: %t, want %t", c.troubled, c.living, got, c.want)
		}
	}
}

// The fleet may take a moment to agree with an operator, or be out of reach.
func TestAnOperatorsCloseDoesNotWaitForTheFleet(t *testing.T) {
	c := newCircuit("card.acme-eu", Defaults(), func() {})
	c.advise(2, 3, time.Hour)
	if s := c.state(); s.Status != Open {
		t.Fatalf("state %+v", s)
	}
	c.decide(Flag{Channel: c.channel, Status: Closed, By: "on-call"}, time.Now())
	if s := c.state(); s.Status != Closed {
		t.Fatalf("state %+v", s)
	}
}
