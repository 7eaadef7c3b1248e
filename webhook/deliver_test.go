package webhook_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/webhook"
)

// settle is longer than the deliverer waits between two looks, and shorter than it waits before a second try.
const settle = time.Second

func TestEventReachesItsEndpointSigned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		shop := l.receive("we_shop", nil)
		_, stop := l.run()
		defer stop()
		began := time.Now()
		l.commit(1)
		time.Sleep(settle)

		shop.want(t, "evt_000001")
		got := shop.got()[0]
		if err := verifier(t, shop.Secrets[0].Value).Verify(got.body, got.header); err != nil {
			t.Error(err)
		}
		body := `{"type":"payment.succeeded","timestamp":"` + payment.Stamp(began) +
			`","version":1,"data":{"id":"pay_1","amount":{"value":"49.90","currency":"EUR"}}}`
		if string(got.body) != body {
			t.Errorf("received %s\nwant %s", got.body, body)
		}
		for name, want := range map[string]string{"Content-Type": "application/json", "User-Agent": "Causeway-Webhooks/1.0"} {
			if got.header.Get(name) != want {
				t.Errorf("%s: %q, want %q", name, got.header.Get(name), want)
			}
		}
		d := l.store.delivery("evt_000001", "we_shop")
		if d.State != webhook.Delivered || d.Tries != 1 || len(d.Log) != 1 || d.Log[0].Status != http.StatusNoContent {
			t.Errorf("recorded %+v", d)
		}
	})
}

func TestWakeDeliversAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		shop := l.receive("we_shop", nil)
		d, stop := l.run()
		defer stop()
		time.Sleep(30 * time.Millisecond) // between two looks
		l.commit(1)
		d.Wake()
		d.Wake()
		synctest.Wait()
		shop.want(t, "evt_000001")
	})
}

// However often it is woken, one look takes what several commits have brought.
func TestLooksAreApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		looks := 0
		l.store.fails = func(call string) bool {
			if call == "FanOut" {
				looks++
			}
			return false
		}
		d, stop := l.run()
		for range 1000 {
			l.commit(1)
			d.Wake()
			time.Sleep(time.Millisecond)
		}
		time.Sleep(settle)
		stop()
		if waiting := len(l.store.dueAt); waiting > 0 || looks > 60 {
			t.Errorf("%d looks within a second, and %d events wait", looks, waiting)
		}
	})
}

// An endpoint that cannot be read is complained of, and what there is beside it is delivered.
func TestWhatCannotBeReadHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		var complaints strings.Builder
		l.log = slog.New(slog.NewTextHandler(&complaints, nil))
		shop := l.receive("we_shop", nil)
		l.store.unread = errors.New("endpoint we_other: damaged")
		ids := l.commit(250)
		_, stop := l.run()
		synctest.Wait()
		if waiting := len(l.store.dueAt); waiting > 0 {
			t.Errorf("%d events wait behind the first look", waiting)
		}
		time.Sleep(time.Second)
		stop()
		shop.want(t, ids...)
		if !strings.Contains(complaints.String(), "we_other") {
			t.Errorf("logged %q", complaints.String())
		}
	})
}

func TestOnlyWhatIsWantedIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		all := l.receive("we_all", nil)
		some := l.receive("we_some", nil)
		live := l.receive("we_live", nil)
		other := l.receive("we_other", nil)
		off := l.receive("we_off", nil)
		l.store.change("we_some", func(e *webhook.Endpoint) { e.Events = []string{"refund.failed", "refund.succeeded"} })
		l.store.change("we_live", func(e *webhook.Endpoint) { e.Mode = payment.Live })
		l.store.change("we_other", func(e *webhook.Endpoint) { e.Merchant = "m_2" })
		l.store.change("we_off", func(e *webhook.Endpoint) { e.Disabled = "by the merchant" })
		l.store.commit(event(1, "payment.succeeded", time.Now()), event(2, "refund.succeeded", time.Now()))
		_, stop := l.run()
		defer stop()
		time.Sleep(settle)

		all.want(t, "evt_000001", "evt_000002")
		some.want(t, "evt_000002")
		for _, r := range []*receiver{live, other, off} {
			r.want(t)
		}
	})
}

func TestAnswers(t *testing.T) {
	tests := []struct {
		status int
		state  webhook.State
	}{
		{200, webhook.Delivered},
		{202, webhook.Delivered},
		{299, webhook.Delivered},
		{301, webhook.Pending},
		{302, webhook.Pending},
		{304, webhook.Pending},
		{307, webhook.Pending},
		{308, webhook.Pending},
		{400, webhook.Pending},
		{404, webhook.Pending},
		{429, webhook.Pending},
		{500, webhook.Pending},
		{503, webhook.Pending},
		{410, webhook.Failed},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t)
				elsewhere := l.receive("we_elsewhere", nil)
				l.store.change("we_elsewhere", func(e *webhook.Endpoint) { e.Merchant = "m_2" })
				l.receive("we_shop", func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Location", elsewhere.URL)
					w.WriteHeader(test.status)
				})
				_, stop := l.run()
				defer stop()
				l.commit(1)
				time.Sleep(settle)

				d := l.store.delivery("evt_000001", "we_shop")
				if d.State != test.state || len(d.Log) != 1 || d.Log[0].Status != test.status || d.Log[0].Error != "" {
					t.Errorf("recorded %+v", d)
				}
				elsewhere.want(t)
			})
		})
	}
}

func TestSchedule(t *testing.T) {
	waits := []time.Duration{
		5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour,
		24 * time.Hour,
	}
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		shop := l.receive("we_shop", status(http.StatusInternalServerError))
		_, stop := l.run()
		defer stop()
		l.commit(1)
		time.Sleep(settle)
		for i, wait := range waits {
			d := l.store.delivery("evt_000001", "we_shop")
			if d.State != webhook.Pending || len(d.Log) != i+1 {
				t.Fatalf("after try %d: %+v", i+1, d)
			}
			if waited := d.NextAt.Sub(d.Log[i].At); waited < wait || waited > wait+wait/10 {
				t.Errorf("try %d is made %s after the one before it, want %s and up to a tenth more", i+2, waited, wait)
			}
			l.ahead.Add(int64(d.NextAt.Sub(l.now()) - 2*settle))
			time.Sleep(settle)
			if n := len(shop.got()); n != i+1 {
				t.Fatalf("try %d came early", n)
			}
			time.Sleep(2 * settle)
		}
		d := l.store.delivery("evt_000001", "we_shop")
		if d.State != webhook.Failed || d.Tries != 10 || len(d.Log) != 10 {
			t.Errorf("recorded %+v", d)
		}
		l.ahead.Add(int64(100 * time.Hour))
		time.Sleep(settle)

		got := shop.got()
		if len(got) != 10 {
			t.Errorf("tried %d times, want 10", len(got))
		}
		v := verifier(t, shop.Secrets[0].Value)
		for i, r := range got {
			if err := v.VerifyIgnoringTimestamp(r.body, r.header); err != nil {
				t.Error(err)
			}
			if at := fmt.Sprint(d.Log[i].At.Unix()); r.header.Get("webhook-timestamp") != at {
				t.Errorf("try %d is stamped %s, want %s", i+1, r.header.Get("webhook-timestamp"), at)
			}
			if r.header.Get("webhook-id") != "evt_000001" || string(r.body) != string(got[0].body) {
				t.Errorf("try %d sent another event: %s", i+1, r.body)
			}
		}
	})
}

func TestSilenceEndsAfterFifteenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.receive("we_shop", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		_, stop := l.run()
		defer stop()
		l.commit(1)
		time.Sleep(15*time.Second + settle)

		d := l.store.delivery("evt_000001", "we_shop")
		if d.State != webhook.Pending || len(d.Log) != 1 || d.Log[0].Took != 15*time.Second ||
			d.Log[0].Status != 0 || d.Log[0].Error != "no answer within 15s" {
			t.Errorf("recorded %+v", d)
		}
	})
}

func TestEndlessAnswerIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		written := 0
		l.receive("we_shop", func(w http.ResponseWriter, _ *http.Request) {
			for {
				n, err := w.Write(make([]byte, 4<<10))
				if written += n; err != nil {
					return
				}
			}
		})
		_, stop := l.run()
		l.commit(1)
		time.Sleep(settle)
		stop()

		if d := l.store.delivery("evt_000001", "we_shop"); d.State != webhook.Delivered || d.Log[0].Took != 0 {
			t.Errorf("recorded %+v", d)
		}
		synctest.Wait()
		if written > 128<<10 {
			t.Errorf("%d bytes of the answer were taken", written)
		}
	})
}

func TestGoneDisablesTheEndpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		shop := l.receive("we_shop", status(http.StatusGone))
		books := l.receive("we_books", nil)
		_, stop := l.run()
		defer stop()
		ids := l.commit(3)
		time.Sleep(time.Minute)
		ids = append(ids, l.commit(1)...)
		time.Sleep(settle)

		shop.want(t, ids[0])
		if e := l.store.endpoint("we_shop"); e.Disabled != "410 Gone" || !e.UpdatedAt.After(e.CreatedAt) {
			t.Errorf("stored %+v", e)
		}
		if n := l.store.count("we_shop", webhook.Failed); n != 3 {
			t.Errorf("%d deliveries ended failed, want 3", n)
		}
		if d := l.store.delivery(ids[3], "we_shop"); d.Event != "" {
			t.Errorf("a disabled endpoint was given %+v", d)
		}
		books.want(t, ids...)
	})
}

func TestGoneDoesNotDisableWhatMoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.receive("we_shop", func(w http.ResponseWriter, _ *http.Request) {
			l.store.change("we_shop", func(e *webhook.Endpoint) { e.URL = "http://new.example/events" })
			w.WriteHeader(http.StatusGone)
		})
		_, stop := l.run()
		defer stop()
		l.commit(1)
		time.Sleep(settle)
		if e := l.store.endpoint("we_shop"); e.Disabled != "" || e.URL != "http://new.example/events" {
			t.Errorf("stored %+v", e)
		}
	})
}

func TestGoneKeepsSecretsRotatedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		rotated := newSecret(t)
		l.receive("we_shop", func(w http.ResponseWriter, _ *http.Request) {
			l.store.change("we_shop", func(e *webhook.Endpoint) { e.Secrets = []webhook.Secret{{Value: rotated}} })
			w.WriteHeader(http.StatusGone)
		})
		_, stop := l.run()
		defer stop()
		l.commit(1)
		time.Sleep(settle)
		if e := l.store.endpoint("we_shop"); e.Disabled == "" || e.Secrets[0].Value != rotated {
			t.Errorf("stored %+v", e)
		}
	})
}

func TestDisabledEndpointGetsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		shop := l.receive("we_shop", status(http.StatusInternalServerError))
		_, stop := l.run()
		defer stop()
		ids := l.commit(1)
		time.Sleep(settle)
		l.store.change("we_shop", func(e *webhook.Endpoint) { e.Disabled = "by the merchant" })
		time.Sleep(time.Minute)

		shop.want(t, ids[0])
		if d := l.store.delivery(ids[0], "we_shop"); d.State != webhook.Failed || d.Tries != 1 {
			t.Errorf("recorded %+v", d)
		}
	})
}

func TestBothSecretsSignDuringRotation(t *testing.T) {
	const overlap = time.Hour
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		shop := l.receive("we_shop", nil)
		fresh, old := newSecret(t), shop.Secrets[0].Value
		l.store.change("we_shop", func(e *webhook.Endpoint) {
			e.Secrets = []webhook.Secret{{Value: fresh}, {Value: old, ExpiresAt: time.Now().Add(overlap)}}
		})
		_, stop := l.run()
		defer stop()
		l.commit(1)
		time.Sleep(settle)
		during := shop.got()[0]
		for _, secret := range []string{fresh, old} {
			if err := verifier(t, secret).Verify(during.body, during.header); err != nil {
				t.Error(err)
			}
		}
		if verifier(t, newSecret(t)).Verify(during.body, during.header) == nil {
			t.Error("a stranger's secret verifies")
		}

		time.Sleep(overlap)
		l.commit(1)
		time.Sleep(settle)
		afterwards := shop.got()[1]
		if err := verifier(t, fresh).Verify(afterwards.body, afterwards.header); err != nil {
			t.Error(err)
		}
		if verifier(t, old).Verify(afterwards.body, afterwards.header) == nil {
			t.Error("the old secret still signs after the rotation")
		}
	})
}

func TestNothingIsSentUnsigned(t *testing.T) {
	tests := map[string][]webhook.Secret{
		"none":       nil,
		"expired":    {{Value: "whsec_AAAA", ExpiresAt: time.Unix(1, 0)}},
		"not base64": {{Value: "whsec_=secret="}},
	}
	for name, secrets := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t)
				shop := l.receive("we_shop", nil)
				l.store.change("we_shop", func(e *webhook.Endpoint) { e.Secrets = secrets })
				_, stop := l.run()
				defer stop()
				l.commit(1)
				time.Sleep(settle)
				shop.want(t)
				if d := l.store.delivery("evt_000001", "we_shop"); d.State != webhook.Pending || d.Log[0].Error != "no secret to sign with" {
					t.Errorf("recorded %+v", d)
				}
			})
		})
	}
}
