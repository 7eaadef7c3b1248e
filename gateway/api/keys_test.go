package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/gateway/api/keytest"
	"github.com/causeway-pay/causeway/store/storetest"
)

// Clients send the same keys with the same and with other bodies to two gateways on one database, and hang up now and then.
func TestKeysAreLinearizableOnSQLite(t *testing.T) {
	c := newCrowd(t, "sqlite:"+filepath.Join(t.TempDir(), "keys.db"))
	c.run(nil)
}

// The same on PostgreSQL, whose connections are cut under the gateways.
func TestKeysAreLinearizableOnPostgreSQL(t *testing.T) {
	dsn := storetest.Postgres(t)
	c := newCrowd(t, dsn)
	c.run(storetest.Cutter(t, dsn))
}

// The size of a crowd: how many clients ask how often each, under how many keys of each merchant and path. One key has to
// stay within keytest.RequestsMax.
const (
	clients   = 8
	asksEach  = 30
	keysEach  = 4
	patience  = 20 * time.Millisecond // of an impatient client, at most
	cutsEvery = 100 * time.Millisecond
)

// crowd is what clients ask of two gateways.
type crowd struct {
	t       *testing.T
	doors   [2]string            // URLs of the gateways
	bearers [2]map[string]string // by gateway, a key of each merchant
	paid    map[string]string    // by merchant, a payment that can be refunded
	history keytest.History
	lab     *lab // the first of them
}

func newCrowd(t *testing.T, dsn string) *crowd {
	t.Helper()
	c := &crowd{t: t, paid: map[string]string{}}
	channel := &provider{slow: 3 * time.Millisecond}
	for i := range c.doors {
		l := newLabOn(t, dsn, channel, fx.DefaultRules())
		server := httptest.NewServer(l.handler)
		t.Cleanup(server.Close)
		c.doors[i], c.bearers[i] = server.URL, map[string]string{"m_1": l.key, "m_2": l.other}
		if i == 0 {
			c.lab = l
			c.paid["m_1"] = l.do(http.MethodPost, "/v1/payments", l.key, "paid", order).at("id")
			c.paid["m_2"] = l.do(http.MethodPost, "/v1/payments", l.other, "paid", order).at("id")
		}
	}
	return c
}

// run lets the clients ask while cut cuts what there is to cut, and judges what they heard.
func (c *crowd) run(cut func() bool) {
	c.t.Helper()
	done := make(chan struct{})
	var cutting, asking sync.WaitGroup
	cuts := 0
	if cut != nil {
		cutting.Go(func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(cutsEvery):
					if cut() {
						cuts++
					}
				}
			}
		})
	}
	for client := range clients {
		asking.Go(func() {
			random := rand.New(rand.NewPCG(uint64(client), 0))
			for range asksEach {
				c.ask(client, random)
			}
		})
	}
	asking.Wait()
	close(done)
	cutting.Wait()
	if err := c.history.Check(); err != nil {
		c.t.Error(err)
	}
	made, refused := c.history.Heard(keytest.Made), c.history.Heard(keytest.Another)
	c.t.Logf("%d made, %d refused, %d under way, %d lost, %d connections cut", made, refused, c.history.Heard(keytest.Busy), c.history.Heard(keytest.Lost), cuts)
	if made == 0 || refused == 0 {
		c.t.Error("nothing was made or refused: the crowd tries too little")
	}
	if cut != nil && cuts == 0 {
		c.t.Error("no connection was cut")
	}
	c.count()
}

// count demands that nothing was made beside what the answers tell of: at most one object for each key.
func (c *crowd) count() {
	c.t.Helper()
	for merchant, bearer := range c.bearers[0] {
		for path, most := range map[string]int{"/v1/payments": keysEach + 1, "/v1/refunds": keysEach} { // and the one that is refunded
			var list struct{ Data []struct{ ID string } }
			if err := json.Unmarshal(c.lab.do(http.MethodGet, path+"?limit=100", bearer, "", "").Body.Bytes(), &list); err != nil {
				c.t.Fatal(err)
			}
			if len(list.Data) > most {
				c.t.Errorf("%s has %d of %s under %d keys", merchant, len(list.Data), path, keysEach)
			}
		}
	}
}

// ask sends one request to one of the gateways.
func (c *crowd) ask(client int, random *rand.Rand) {
	merchant := fmt.Sprintf("m_%d", 1+random.IntN(2))
	r := keytest.Request{Merchant: merchant, Key: fmt.Sprint("key-", random.IntN(keysEach))}
	if random.IntN(2) == 0 {
		r.Path, r.Body = "/v1/payments", with("99.99", fmt.Sprintf("1%d.00", random.IntN(2)))
		if random.IntN(4) == 0 {
			r.Body = strings.Replace(r.Body, "tok_visa", "tok_lost", 1)
		}
	} else {
		r.Path, r.Body = "/v1/refunds", fmt.Sprintf(`{"payment":%q,"amount":{"value":"0.0%d","currency":"EUR"}}`, c.paid[merchant], 1+random.IntN(2))
	}
	door := random.IntN(len(c.doors))
	within := time.Minute
	if random.IntN(4) == 0 {
		within = time.Duration(random.Int64N(int64(patience)))
	}
	c.history.Record(client, r, func() (keytest.Answer, error) {
		ctx, cancel := context.WithTimeout(c.t.Context(), within)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.doors[door]+r.Path, strings.NewReader(r.Body))
		if err != nil {
			return keytest.Answer{}, err
		}
		request.GetBody = nil // a request is one request
		request.Header.Set("Authorization", "Bearer "+c.bearers[door][merchant])
		request.Header.Set("Idempotency-Key", r.Key)
		request.Header.Set("Content-Type", "application/json")
		return keytest.Read(http.DefaultClient.Do(request))
	})
}
