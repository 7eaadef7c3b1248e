package gateway

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

func TestAMessageWaitsForTheRunThatItIsAbout(t *testing.T) {
	for name, of := range map[string]struct {
		runs  []time.Duration // how long each of the payment goes on
		waits time.Duration
	}{
		"none":         {nil, 0},
		"one":          {[]time.Duration{100 * time.Millisecond}, 100 * time.Millisecond},
		"two":          {[]time.Duration{50 * time.Millisecond, 200 * time.Millisecond}, 200 * time.Millisecond},
		"one for long": {[]time.Duration{time.Minute}, outrunMax},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var r runs
				defer r.begin("pay_other")()
				for _, long := range of.runs {
					end := r.begin("pay_1")
					time.AfterFunc(long, end)
				}
				began := time.Now()
				r.outrun(t.Context(), "pay_1")
				if waited := time.Since(began); waited != of.waits {
					t.Errorf("it waited %s instead of %s", waited, of.waits)
				}
				time.Sleep(2 * time.Minute)
				r.mu.Lock()
				left := len(r.under)
				r.mu.Unlock()
				if left != 1 {
					t.Errorf("%d payments are remembered", left)
				}
				r.outrun(t.Context(), payment.ID("pay_1"))
			})
		})
	}
}
