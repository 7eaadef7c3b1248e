package webhook_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/causeway-pay/causeway/webhook"
)

// claim is longer than what a deliverer claimed is kept from others.
const claim = time.Minute

// A process may end between any two calls to the store. What it was about to do is done by the next one.
func TestNextProcessTakesOver(t *testing.T) {
	tests := map[string]struct {
		away []string // calls that the first process never finishes
		sent int      // how often the event is received in the end
	}{
		"before the event is fanned out":    {[]string{"FanOut"}, 1},
		"between fan-out and delivery":      {[]string{"ClaimDeliveries"}, 1},
		"between the answer and its record": {[]string{"RecordTry"}, 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t)
				shop := l.receive("we_shop", nil)
				l.store.failOn(test.away...)
				_, stop := l.run()
				l.commit(1)
				time.Sleep(settle)
				stop()
				l.store.failOn()
				_, stop = l.run()
				defer stop()
				time.Sleep(claim)

				var want []string
				for range test.sent {
					want = append(want, "evt_000001")
				}
				shop.want(t, want...)
				for _, r := range shop.got() {
					if string(r.body) != string(shop.got()[0].body) {
						t.Errorf("received %s under one id, and %s", shop.got()[0].body, r.body)
					}
				}
				if d := l.store.delivery("evt_000001", "we_shop"); d.State != webhook.Delivered {
					t.Errorf("recorded %+v", d)
				}
			})
		})
	}
}

func TestTwoProcessesSendOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		shop := l.receive("we_shop", func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(9 * time.Second) // the second in line starts late and takes long
			w.WriteHeader(http.StatusOK)
		})
		ids := l.commit(20)
		_, stopOne := l.run()
		_, stopOther := l.run()
		time.Sleep(10 * time.Minute)
		stopOne()
		stopOther()
		shop.want(t, ids...)
	})
}

func TestEndOfRunDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		shop := l.receive("we_shop", func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(10 * time.Second)
			w.WriteHeader(http.StatusOK)
		})
		_, stop := l.run()
		ids := l.commit(3)
		time.Sleep(settle)
		stopped := time.Now()
		stop()

		shop.want(t, ids[0])
		if d := l.store.delivery(ids[0], "we_shop"); d.State != webhook.Delivered {
			t.Errorf("the request under way was recorded as %+v", d)
		}
		for _, id := range ids[1:] {
			if d := l.store.delivery(id, "we_shop"); d.State != webhook.Pending || d.Tries != 0 || d.NextAt.After(stopped) {
				t.Errorf("what waited was left as %+v", d)
			}
		}
	})
}
