package gateway

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

func TestAMessageWaitsForTheRunThatItIsAbout(t *testing.T) {
	for name, of := range map[string]struct {
		runs  []time.Duration // how long each that asks about it goes on
		after time.Duration   // when the message comes
		waits time.Duration
		left  payment.ID // what it is told was left; "": nothing
	}{
		"none":             {nil, 0, 0, ""},
		"one":              {[]time.Duration{100 * time.Millisecond}, 0, 100 * time.Millisecond, "pay_0"},
		"two":              {[]time.Duration{200 * time.Millisecond, 50 * time.Millisecond}, 0, 50 * time.Millisecond, "pay_1"},
		"one for long":     {[]time.Duration{time.Minute}, 0, outrunMax, ""},
		"one a moment ago": {[]time.Duration{100 * time.Millisecond}, leftFor, 0, "pay_0"},
		"one long ago":     {[]time.Duration{100 * time.Millisecond}, leftFor + 100*time.Millisecond, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var r runs
				other := r.begin()
				r.asks(other, "att_other")
				for i, long := range of.runs {
					each := r.begin()
					r.asks(each, "att_1")
					r.asks(each, "att_1")
					time.AfterFunc(long, func() { r.end(each, payment.Payment{ID: payment.ID([]string{"pay_0", "pay_1"}[i])}, time.Now()) })
				}
				time.Sleep(of.after)
				began := time.Now()
				left, ran := r.outrun(t.Context(), "att_1", time.Now)
				if waited := time.Since(began); waited != of.waits {
					t.Errorf("it waited %s instead of %s", waited, of.waits)
				}
				if left.ID != of.left && ran || ran != (of.left != "") {
					t.Errorf("it is told of %q, %t", left.ID, ran)
				}
				time.Sleep(2 * time.Minute)
				r.end(r.begin(), payment.Payment{}, time.Now())
				if len(r.about) != 1 || len(r.over) != 0 {
					t.Errorf("%d references and %d runs are remembered", len(r.about), len(r.over))
				}
			})
		})
	}
}

// A clock that is set back leaves nothing behind that grows until it has caught up.
func TestRunsAreForgottenThoughAClockIsSetBack(t *testing.T) {
	var r runs
	end := func(at time.Time) {
		each := r.begin()
		r.asks(each, at.String())
		r.end(each, payment.Payment{}, at)
	}
	now := time.Now()
	end(now)
	for i := range 100 {
		end(now.Add(-time.Hour + time.Duration(i)*time.Second))
	}
	if len(r.over) > 10 || len(r.about) > 10 {
		t.Errorf("%d runs and %d references are remembered", len(r.over), len(r.about))
	}
}
