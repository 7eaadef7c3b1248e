package api_test

import (
	"net/http"
	"sync"
	"testing"
)

func TestParallelRefundsAreAnsweredWithTheirOwn(t *testing.T) {
	l := newLab(t)
	id := l.pay("k1", order).at("id")
	var mu sync.Mutex
	made := map[string]string{} // refund -> the amount it was asked for
	var running sync.WaitGroup
	for _, value := range []string{"1.01", "1.02", "1.03", "1.04", "1.05", "1.06", "1.07", "1.08"} {
		running.Go(func() {
			ask := func() reply {
				return l.do(http.MethodPost, "/v1/refunds", l.key, "r"+value, `{"payment":"`+id+`","amount":{"value":"`+value+`","currency":"EUR"}}`)
			}
			r := ask()
			if again := ask(); again.Body.String() != r.Body.String() || again.Header().Get("Idempotent-Replayed") != "true" {
				t.Errorf("repeated: %s instead of %s", again.Body, r.Body)
			}
			mu.Lock()
			defer mu.Unlock()
			if r.Code != http.StatusCreated || r.at("amount", "value") != value || made[r.at("id")] != "" {
				t.Errorf("asked for %s, answered %d %s", value, r.Code, r.Body)
			}
			made[r.at("id")] = value
		})
	}
	running.Wait()
}
