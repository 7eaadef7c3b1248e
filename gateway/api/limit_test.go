package api_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/gateway/limit"
)

// narrow are limits that a handful of requests reaches.
func narrow() limit.Settings {
	return limit.Settings{
		Slots: 3, Places: 64, Patience: time.Millisecond, Burst: 5 * time.Millisecond,
		Reserved: map[limit.Class]int{limit.Callbacks: 1, limit.Changes: 1, limit.Resolution: 1, limit.Payments: 1, limit.Reads: 1, limit.Strangers: 1},
		Stranger: limit.Rate{PerSecond: 1, Burst: 5},
	}
}

// held begins requests that are not answered until the function that it returns is called, and waits until as many are
// under way as there is room for.
func (l *lab) held(n int, do func(i int)) (end func()) {
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() { do(i) })
	}
	return running.Wait
}

// until waits until the limiter is in a state.
func (l *lab) until(what string, is func(map[limit.Class]limit.Desk) bool) {
	l.t.Helper()
	for range 5000 {
		if is(l.limiter.State()) {
			return
		}
		time.Sleep(time.Millisecond)
	}
	l.t.Fatalf("not seen: %s: %+v", what, l.limiter.State())
}

// stop keeps the merchant's requests from going on, and returns what lets them.
func (l *lab) stop(merchant string) (let func()) {
	l.db.hold.Store(&merchant)
	return sync.OnceFunc(func() { l.db.hold.Store(nil); close(l.db.let) })
}

// busy fills every slot that payments may take, by requests of m_1 that hang in the database, and returns once all of them do.
func (l *lab) busy() (end func()) {
	l.t.Helper()
	const slots = 4
	let := l.stop("m_1")
	for _, key := range []string{l.key, l.other, l.op} { // who is known by now
		l.do(http.MethodGet, "/v1/payments/none", key, "", "")
	}
	before := l.db.asked.Load()
	wait := l.held(slots, func(i int) { l.pay(fmt.Sprint("busy", i), order) })
	l.until("every slot of payments is taken", func(s map[limit.Class]limit.Desk) bool {
		return s[limit.Payments].Working == slots && l.db.asked.Load() == before+slots
	})
	return func() { let(); wait() }
}

func TestWhatIsTurnedAwayWasNotBegun(t *testing.T) {
	l := newNarrowLab(t, narrow())
	end := l.busy()
	defer end()
	before := l.db.asked.Load()
	p := l.do(http.MethodPost, "/v1/payments", l.other, "again", order)
	if p.Code != http.StatusServiceUnavailable || p.at("code") != "overloaded" || p.body["retryable"] != true ||
		!strings.HasPrefix(p.Header().Get("Content-Type"), "application/problem+json") {
		t.Errorf("%d %s", p.Code, p.Body)
	}
	if seconds, err := strconv.Atoi(p.Header().Get("Retry-After")); err != nil || seconds < 1 || seconds > 31 {
		t.Errorf("Retry-After: %q", p.Header().Get("Retry-After"))
	}
	if asked := l.db.asked.Load(); asked != before {
		t.Errorf("the database was asked %d times for what was turned away", asked-before)
	}
	end()
	if list := l.do(http.MethodGet, "/v1/payments", l.other, "", ""); list.Body.String() != `{"object":"list","has_more":false,"data":[]}` {
		t.Errorf("something was written: %s", list.Body)
	}
	again := l.do(http.MethodPost, "/v1/payments", l.other, "again", order)
	if again.Code != http.StatusCreated || again.Header().Get("Idempotent-Replayed") != "" {
		t.Errorf("the same request, later: %d %s", again.Code, again.Body)
	}
}

func TestPaymentsDoNotKeepOutWhatIsReserved(t *testing.T) {
	l := newNarrowLab(t, narrow())
	paid := l.do(http.MethodPost, "/v1/payments", l.other, "p1", order).at("id")
	held := l.do(http.MethodPost, "/v1/payments", l.other, "p2", with(`"method"`, `"capture":"manual","method"`)).at("id")
	unknown := l.do(http.MethodPost, "/v1/payments", l.other, "p3", with("tok_visa", "tok_lost")).at("id")
	why := l.do(http.MethodGet, "/v1/payments/"+unknown+"/why", l.other, "", "")
	reference := strings.SplitN(why.Body.String()[strings.Index(why.Body.String(), `"att_`)+1:], `"`, 2)[0]
	l.channel.found.Store(true)
	defer l.busy()()

	if p := l.do(http.MethodPost, "/v1/payments", l.other, "p4", order); p.Code != http.StatusServiceUnavailable {
		t.Fatalf("a payment was let in: %d %s", p.Code, p.Body)
	}
	for name, got := range map[string]reply{
		"refund":   l.do(http.MethodPost, "/v1/refunds", l.other, "r1", `{"payment":"`+paid+`","amount":{"value":"10.00","currency":"EUR"}}`),
		"capture":  l.do(http.MethodPost, "/v1/payments/"+held+"/capture", l.other, "c1", ""),
		"callback": l.do(http.MethodPost, "/callbacks/card.a", "", "", reference, "Signature", "genuine"),
		"operator": l.do(http.MethodPost, "/v1/ops/channels/card.a/close", l.op, "", ""),
		"read":     l.do(http.MethodGet, "/v1/payments/"+paid, l.other, "", ""),
		"health":   l.do(http.MethodGet, "/readyz", "", "", ""),
	} {
		if got.Code >= http.StatusMultipleChoices {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
	}
}

// Payments that wait for a channel hold no slot, only places; and one merchant holds no more of those than are left.
func TestAFloodOfOneMerchantLeavesRoomForAnother(t *testing.T) {
	limits := narrow()
	limits.Burst = time.Minute // whoever finds no slot at once waits for one
	l := newNarrowLab(t, limits)
	l.pay("known", order)
	const flood, share = 60, 20 // of the 40 places that payments may take
	replies := make([]reply, flood)
	wait := l.held(flood, func(i int) { replies[i] = l.pay(fmt.Sprint("flood", i), with("tok_visa", "tok_gate")) })
	l.until("the merchant has as much as is theirs", func(s map[limit.Class]limit.Desk) bool {
		d := s[limit.Payments]
		return d.Working == 0 && d.Placed == share && d.Shed[limit.OverShare] == flood-share
	})
	if p := l.do(http.MethodPost, "/v1/payments", l.other, "k", order); p.Code != http.StatusCreated {
		t.Errorf("another merchant: %d %s", p.Code, p.Body)
	}
	excess := l.pay("more", order)
	if excess.Code != http.StatusTooManyRequests || excess.at("code") != "too_many_requests" || excess.Header().Get("Retry-After") == "" {
		t.Errorf("beyond their share: %d %s", excess.Code, excess.Body)
	}
	close(l.channel.gate)
	wait()
	for _, r := range replies {
		if r.Code != http.StatusCreated && r.Header().Get("Retry-After") == "" {
			t.Errorf("%d %s", r.Code, r.Body)
		}
	}
	if s := l.limiter.State()[limit.Payments]; s.Placed != 0 || s.Working != 0 {
		t.Errorf("held after all was answered: %+v", s)
	}
}

func TestAMerchantIsToldTheirQuota(t *testing.T) {
	s := narrow()
	s.Rate = limit.Rate{PerSecond: 1, Burst: 2}
	l := newNarrowLab(t, s)
	first := l.pay("k1", order)
	if policy, left := first.Header().Get("RateLimit-Policy"), first.Header().Get("RateLimit"); policy != `"payments";q=2;w=2` || left != `"payments";r=1;t=1` {
		t.Errorf("%s, %s", policy, left)
	}
	l.pay("k2", order)
	third := l.pay("k3", order)
	if third.Code != http.StatusTooManyRequests || third.Header().Get("RateLimit") != `"payments";r=0;t=2` || third.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v", third.Code, third.Header())
	}
	if read := l.do(http.MethodGet, "/v1/payments", l.key, "", ""); read.Code != http.StatusOK {
		t.Errorf("a read beside: %d %s", read.Code, read.Body)
	}
	if other := l.do(http.MethodPost, "/v1/payments", l.other, "k1", order); other.Code != http.StatusCreated {
		t.Errorf("another merchant: %d %s", other.Code, other.Body)
	}
}

func TestWhoeverShowsManyWrongKeysIsNotLookedUp(t *testing.T) {
	l := newNarrowLab(t, narrow())
	l.pay("known", order)
	before, began := l.db.asked.Load(), time.Now()
	codes := map[int]int{}
	for range 50 {
		made := strings.Replace(l.key, l.key[8:34], strings.ToUpper(l.newID("x")[2:]), 1)
		codes[l.do(http.MethodGet, "/v1/payments", made, "", "").Code]++
	}
	most := int64(narrow().Stranger.Burst) + int64(time.Since(began)/time.Second) + 1 // one more each second
	if asked := l.db.asked.Load() - before; asked < 1 || asked > most || codes[http.StatusUnauthorized] != int(asked) || codes[http.StatusTooManyRequests] != 50-int(asked) {
		t.Errorf("the database was asked %d times: %v", asked, codes)
	}
	if p := l.pay("k1", order); p.Code != http.StatusCreated {
		t.Errorf("a known key from there: %d %s", p.Code, p.Body)
	}
}

func TestAFloodOfQuestionsForHealthAsksTheDatabaseOnce(t *testing.T) {
	l := newLab(t)
	for range 20 {
		if got := l.do(http.MethodGet, "/readyz", "", "", ""); got.Code != http.StatusOK {
			t.Errorf("%d %s", got.Code, got.Body)
		}
	}
}
