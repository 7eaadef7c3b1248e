package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"
)

func order(simulate string) string {
	body := `{"amount":{"value":"99.99","currency":"EUR"},"settlement_currency":"USD","method":{"type":"card","card":{"token":"tok_visa"}}`
	if simulate != "" {
		body += `,"simulate":"` + simulate + `"`
	}
	return body + "}"
}

// pay repeats a request under its key until it has an answer, as a merchant would.
func (w *world) pay(key, body string) answer {
	w.t.Helper()
	return w.insist(http.MethodPost, "/v1/payments", key, body)
}

// moved counts movements of a kind in the logs of all acquirers, waiting for the first.
func (w *world) moved(kind string, wait time.Duration) int {
	w.t.Helper()
	query := url.Values{"kind": {kind}, "wait": {wait.String()}}
	a, err := w.call(w.t.Context(), http.MethodGet, w.Control+"/control/movements?"+query.Encode(), "", "", "")
	if err != nil {
		w.t.Fatal(err)
	}
	movements, _ := a.body["movements"].([]any)
	return len(movements)
}

func (w *world) fault(channel, scenario string) {
	w.t.Helper()
	a, err := w.call(w.t.Context(), http.MethodPost, w.Control+"/control/acquirers/"+channel+"/faults", "", "", `{"scenario":"`+scenario+`","count":0}`)
	if err != nil || a.status != http.StatusOK {
		w.t.Fatal(a, err)
	}
	if scenario == "refuse" {
		time.Sleep(noticed)
	}
}

// noticed is how long a gateway has to see that its idle connections to a channel were closed. Until then a request that it writes
// to one of them is lost, and rightly unknown.
const noticed = 500 * time.Millisecond

func TestKilledBetweenTheChargeAndItsAnswer(t *testing.T) {
	w := start(t)
	lost := make(chan error, 1)
	go func() {
		_, err := w.call(t.Context(), http.MethodPost, w.Gateway+"/v1/payments", w.Key, "k1", order("hold"))
		lost <- err
	}()
	if n := w.moved("charge", 10*time.Second); n != 1 { // the acquirer has charged and holds its answer back
		t.Fatalf("%d charges before the kill", n)
	}
	w.KillGateway()
	if err := <-lost; err == nil {
		t.Fatal("the request was answered although the gateway was killed")
	}
	if err := w.StartGateway(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := w.pay("k1", order("hold"))
	w.until(p.text("id"), "succeeded")
	if n := w.moved("charge", 0); n != 1 {
		t.Errorf("%d charges after the restart", n)
	}
	w.audit()
}

func TestFiftyRequestsWithOneKeyChargeOnce(t *testing.T) {
	w := start(t)
	var mu sync.Mutex
	ids := map[string]int{}
	var running sync.WaitGroup
	for range 50 {
		running.Go(func() {
			p := w.pay("k1", order(""))
			mu.Lock()
			ids[p.text("id")]++
			mu.Unlock()
		})
	}
	running.Wait()
	if len(ids) != 1 || w.moved("charge", 0) != 1 {
		t.Errorf("payments %v, %d charges", ids, w.moved("charge", 0))
	}
	if other := w.pay("k1", order("dup_callback")); other.status != http.StatusUnprocessableEntity {
		t.Errorf("another body under the key: %d", other.status)
	}
	w.audit()
}

func TestTwentyFullRefundsRefundOnce(t *testing.T) {
	w := start(t)
	w.until(w.pay("funds", order("")).text("id"), "succeeded")
	id := w.pay("k1", order("")).text("id")
	w.until(id, "succeeded")
	var mu sync.Mutex
	statuses := map[int]int{}
	var running sync.WaitGroup
	for i := range 20 {
		running.Go(func() {
			a, err := w.call(t.Context(), http.MethodPost, w.Gateway+"/v1/refunds", w.Key, fmt.Sprint("r", i), `{"payment":"`+id+`"}`)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			statuses[a.status]++
		})
	}
	running.Wait()
	if statuses[http.StatusCreated] != 1 || w.moved("refund", 0) != 1 {
		t.Errorf("answers %v, %d refunds at the acquirers", statuses, w.moved("refund", 0))
	}
	w.audit()
}

func TestSixClientsHangUpAndTheBreakerStaysClosed(t *testing.T) {
	w := start(t)
	w.fault("card.acme-eu", "slow:400ms")
	for i := range 6 {
		ctx, hangUp := context.WithTimeout(t.Context(), 100*time.Millisecond)
		_, err := w.call(ctx, http.MethodPost, w.Gateway+"/v1/payments", w.Key, fmt.Sprint("k", i), order(""))
		hangUp()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("the client did not hang up: %v", err)
		}
	}
	for i := range 6 {
		w.until(w.pay(fmt.Sprint("k", i), order("")).text("id"), "succeeded")
	}
	breakers, err := w.call(t.Context(), http.MethodGet, w.Gateway+"/v1/ops/channels", w.Operator, "", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range breakers.body["data"].([]any) {
		if state := one.(map[string]any); state["status"] != "closed" {
			t.Errorf("breaker of %s is %s", state["name"], state["status"])
		}
	}
	if n := w.moved("charge", 0); n != 6 {
		t.Errorf("%d charges for 6 payments", n)
	}
}

func TestStopFinishesWhatIsUnderWay(t *testing.T) {
	w := start(t)
	arrived := w.moved("received", 0)
	w.fault("card.acme-eu", "slow:1s")
	answered := make(chan answer, 1)
	go func() {
		a, err := w.call(t.Context(), http.MethodPost, w.Gateway+"/v1/payments", w.Key, "k1", order(""))
		if err != nil {
			t.Error(err)
		}
		answered <- a
	}()
	for deadline := time.Now().Add(20 * time.Second); w.moved("received", 0) == arrived; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the payment did not reach its channel")
		}
	}
	if code := w.StopGateway(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if a := <-answered; a.status != http.StatusCreated || a.text("status") != "succeeded" {
		t.Errorf("answered %d %s", a.status, a.text("status"))
	}
}
