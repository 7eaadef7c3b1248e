package webhook_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/causeway-pay/causeway/webhook"
)

// flood is more than the deliverer holds at once.
const flood = 3000

func TestSlowEndpointDelaysNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		slow := l.receive("we_slow", func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(time.Second)
			w.WriteHeader(http.StatusOK)
		})
		l.commit(flood)
		_, stop := l.run()
		time.Sleep(time.Minute)

		fast := l.receive("we_fast", nil)
		ids := l.commit(5)
		time.Sleep(settle)
		fast.want(t, ids...)
		time.Sleep(time.Minute)
		if n := slow.widest(); n != 8 {
			t.Errorf("at most %d requests to one endpoint at once, want 8", n)
		}
		stop()
		if n := l.store.count("we_slow", webhook.Delivered); n != len(slow.got()) {
			t.Errorf("%d requests for %d deliveries: some were sent twice", len(slow.got()), n)
		}
	})
}

func TestSilentEndpointHoldsOneRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		silent := l.receive("we_silent", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		l.commit(50)
		_, stop := l.run()
		time.Sleep(5 * time.Minute)
		stop()
		if n := silent.widest(); n != 1 {
			t.Errorf("%d requests at once to an endpoint that never answered", n)
		}
	})
}

func TestWhatWaitsIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.receive("we_silent", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		ids := l.commit(flood)
		_, stop := l.run()
		time.Sleep(settle)
		stopped := time.Now()
		stop()
		held := 0
		for _, id := range ids {
			if !l.store.delivery(id, "we_silent").NextAt.After(stopped) {
				held++
			}
		}
		if held != 2048 {
			t.Errorf("%d deliveries were handed back, want 2048", held)
		}
	})
}

func TestFloodIsDeliveredWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		shop := l.receive("we_shop", func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(20 * time.Millisecond)
			w.WriteHeader(http.StatusOK)
		})
		ids := l.commit(flood)
		_, stop := l.run()
		time.Sleep(2 * time.Minute)
		stop()
		shop.want(t, ids...)
		if n := l.store.count("we_shop", webhook.Delivered); n != flood {
			t.Errorf("%d delivered, want %d", n, flood)
		}
	})
}
