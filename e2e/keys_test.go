package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/cmd/causeway/tour"
	"github.com/causeway-pay/causeway/gateway/api/keytest"
	"github.com/causeway-pay/causeway/store/storetest"
)

// Clients send the same keys, with the same and with another body, to two gateways on one PostgreSQL. One of them is killed
// in the middle and comes back. Whatever was lost: each key made one payment, and was answered in one way.
func TestKeysSurviveAKill(t *testing.T) {
	const (
		clients, keys = 6, 8
		asksEach      = 40 // 30 of each key on average, at most keytest.RequestsMax with those at the end
		killedAfter   = 400 * time.Millisecond
	)
	t.Setenv("CAUSEWAY_DATABASE", storetest.Postgres(t))
	w := startWith(t, rules, tour.Options{Gateways: 2})
	var history keytest.History
	var doors atomic.Pointer[[]string]
	publish := func() { now := w.Doors(); doors.Store(&now) }
	publish()

	request := func(n, body int) keytest.Request {
		return keytest.Request{
			Merchant: "demo", Path: "/v1/payments", Key: fmt.Sprint("killed-", n),
			Body: fmt.Sprintf(`{"amount":{"value":"1%d.00","currency":"EUR"},"method":{"type":"card","card":{"token":"tok_visa"}}}`, body),
		}
	}
	ask := func(client, door int, r keytest.Request) {
		history.Record(client, r, func() (keytest.Answer, error) { return w.post((*doors.Load())[door], r) })
	}
	var asking sync.WaitGroup
	for client := range clients {
		asking.Go(func() {
			random := rand.New(rand.NewPCG(uint64(client), 0))
			for n := range asksEach {
				ask(client, random.IntN(2), request((client+n)%keys, random.IntN(5)/4)) // one body in five is the other
				time.Sleep(time.Duration(random.IntN(20)) * time.Millisecond)
			}
		})
	}
	time.Sleep(killedAfter)
	w.KillGateway()
	w.again()
	publish()
	asking.Wait()

	for n := range keys {
		for body := range 2 {
			r := request(n, body)
			w.insist(http.MethodPost, r.Path, r.Key, r.Body) // until nothing is under way any more
			ask(clients, body, r)
		}
	}
	if err := history.Check(); err != nil {
		t.Error(err)
	}
	t.Logf("%d made, %d refused, %d under way, %d lost", history.Heard(keytest.Made), history.Heard(keytest.Another), history.Heard(keytest.Busy), history.Heard(keytest.Lost))
	if history.Heard(keytest.Lost) == 0 {
		t.Error("nothing was lost: the kill came too late")
	}
	list, _ := w.insist(http.MethodGet, "/v1/payments?limit=100", "", "").body["data"].([]any)
	if len(list) != keys {
		t.Errorf("%d payments under %d keys", len(list), keys)
	}
	w.audit()
}

// post makes one request under a key.
func (w *world) post(door string, r keytest.Request) (keytest.Answer, error) {
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, door+r.Path, strings.NewReader(r.Body))
	if err != nil {
		return keytest.Answer{}, err
	}
	request.GetBody = nil // a request is one request
	request.Header.Set("Authorization", "Bearer "+w.Key)
	request.Header.Set("Idempotency-Key", r.Key)
	request.Header.Set("Content-Type", "application/json")
	return keytest.Read(http.DefaultClient.Do(request))
}
