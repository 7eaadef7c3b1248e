package card_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/card"
	"github.com/causeway-pay/causeway/rails/railtest"
)

// everything is what the protocol can promise.
var everything = payment.Capabilities{Replay: 24 * time.Hour, Inquiry: true, Fence: true, Void: true, Horizon: 10 * time.Minute}

func config(url string) card.Config {
	return card.Config{
		Name: "card.acme", URL: url, Secret: secret, CallbackSecret: callbackSecret, Capabilities: everything,
		PreExecutionCodes: []string{"invalid_request", "unauthorized", "rate_limited", "channel_closed", "maintenance"},
		Timeout:           30 * time.Second,
	}
}

func TestRail(t *testing.T) {
	railtest.Run(t, railtest.Subject{
		Open:    func(url string) (rails.Rail, error) { return card.New(config(url)) },
		Peer:    newPeer,
		Order:   payment.Order{ReturnURL: "https://shop.example/back"},
		Method:  payment.Method{Type: payment.MethodCard, Token: "tok_visa"},
		Amount:  money.Must("49.90", "EUR"),
		Secrets: []string{secret, callbackSecret},
	})
}

var attempt = payment.Attempt{ID: "att_1", Amount: money.Must("49.90", "EUR"), Captured: money.Must("0", "EUR")}

// answering is an acquirer of which every answer is this one.
func answering(t *testing.T, change func(*card.Config), status int, text string) *card.Acquirer {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(server.Close)
	c := config(server.URL)
	if change != nil {
		change(&c)
	}
	a, err := card.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// echoed is a charge that echoes the attempt, with more members.
func echoed(more string) string {
	return `{"reference":"att_1","id":"ch_1","amount":"49.90","currency":"EUR",` + more + `}`
}

const unknown = "unknown"

// summary is an answer in few words: the outcome, its reason and the provider's code.
func summary(r payment.Result, err error) string {
	if err != nil {
		return unknown
	}
	if r.NotFound {
		return "not found"
	}
	return strings.TrimSpace(fmt.Sprint(r.Outcome, " ", r.Reason, " ", r.ProviderCode))
}

func TestAnswers(t *testing.T) {
	for _, row := range []struct {
		status              int
		body                string
		send, check, cancel string
	}{
		{200, echoed(`"status":"approved"`), "captured", "captured", "captured"},
		{200, echoed(`"status":"approved","captured":"49.90"`), "captured", "captured", "captured"},
		{200, echoed(`"status":"approved","captured":"49.9","added":{"later":[1]}`), "captured", "captured", "captured"},
		{200, echoed(`"status":"approved","captured":"20.00"`), unknown, unknown, unknown},
		{200, echoed(`"status":"approved","captured":"0.00"`), unknown, unknown, unknown},
		{200, echoed(`"status":"approved","captured":"a lot"`), unknown, unknown, unknown},
		{200, echoed(`"status":"authorized","authorization_expires_at":"2026-03-09T09:00:00.000Z"`), "authorized", "authorized", "authorized"},
		{200, echoed(`"status":"authorized","authorization_expires_at":"next week"`), unknown, unknown, unknown},
		{200, echoed(`"status":"pending"`), "pending", "pending", "pending"},
		{200, echoed(`"status":"challenge","challenge_url":"https://issuer.example/c"`), "action_required", "action_required", "action_required"},
		{200, echoed(`"status":"challenge"`), unknown, unknown, unknown},
		{200, echoed(`"status":"challenge","challenge_url":"javascript:alert(1)"`), unknown, unknown, unknown},
		{200, echoed(`"status":"challenge","challenge_url":"https://user:word@issuer.example"`), unknown, unknown, unknown},
		{200, echoed(`"status":"canceled"`), "fenced", "fenced", "fenced"},
		{200, `{"reference":"att_1","status":"canceled"}`, "fenced", "fenced", "fenced"},
		{200, `{"reference":"att_2","status":"canceled"}`, unknown, unknown, unknown},
		{200, `{"status":"canceled"}`, unknown, unknown, unknown},
		{200, `{"reference":"att_1","amount":"49.91","currency":"EUR","status":"canceled"}`, unknown, unknown, unknown},
		{200, echoed(`"status":"expired"`), "lapsed", "lapsed", "lapsed"},
		{200, echoed(`"status":"APPROVED"`), unknown, unknown, unknown},
		{200, echoed(`"status":""`), unknown, unknown, unknown},
		{200, echoed(`"status":"declined","status":"approved"`), unknown, unknown, unknown},
		{200, echoed(`"Status":"approved"`), unknown, unknown, unknown},
		{200, echoed(`"status":"declined","code":"insufficient_funds","message":"do_not_honor"`), "declined insufficient_funds insufficient_funds", "declined insufficient_funds insufficient_funds", "declined insufficient_funds insufficient_funds"},
		{200, `{"reference":"att_1","amount":49.90,"currency":"EUR","status":"approved"}`, unknown, unknown, unknown},
		{200, `{"reference":"att_1","amount":"49.900","currency":"EUR","status":"approved"}`, unknown, unknown, unknown},
		{200, `{"reference":"att_1","amount":"4.99e1","currency":"EUR","status":"approved"}`, unknown, unknown, unknown},
		{200, `{"reference":"att_1","amount":"49.90","currency":"eur","status":"approved"}`, unknown, unknown, unknown},
		{200, `{"reference":"att_1","amount":"49.90","status":"approved"}`, unknown, unknown, unknown},
		{200, `{"reference":"att_1","status":"approved"}`, unknown, unknown, unknown},
		{200, `{"reference":"ATT_1","amount":"49.90","currency":"EUR","status":"approved"}`, unknown, unknown, unknown},
		{201, echoed(`"status":"approved"`), unknown, unknown, unknown},
		{409, echoed(`"status":"approved"`), unknown, unknown, "captured"},
		{409, echoed(`"status":"declined","code":"lost_card"`), unknown, unknown, "declined lost_card lost_card"},
		{409, `{"code":"reference_canceled"}`, unknown, unknown, unknown},
		{409, `{"code":"reference_conflict"}`, unknown, unknown, unknown},
		{404, `{"code":"not_found"}`, unknown, "not found", unknown},
		{404, `not found`, unknown, unknown, unknown},
		{410, `{"code":"not_found"}`, unknown, unknown, unknown},
		{405, `{"code":"not_supported"}`, unknown, unknown, unknown},
		{400, `{"code":"invalid_request","message":"amount"}`, "not_sent channel_misconfigured invalid_request", unknown, unknown},
		{401, `{"code":"unauthorized"}`, "not_sent channel_misconfigured unauthorized", unknown, unknown},
		{403, `{"code":"channel_closed"}`, "not_sent channel_closed channel_closed", unknown, unknown},
		{429, `{"code":"rate_limited"}`, "not_sent rate_limited rate_limited", unknown, unknown},
		{423, `{"code":"maintenance"}`, "not_sent channel_unavailable maintenance", unknown, unknown},
		{429, `{"code":"slow_down"}`, unknown, unknown, unknown},
		{503, `{"code":"channel_closed"}`, unknown, unknown, unknown},
		{200, `{"code":"channel_closed"}`, unknown, unknown, unknown},
	} {
		a := answering(t, nil, row.status, row.body)
		for call, want := range map[string]string{"send": row.send, "check": row.check, "cancel": row.cancel} {
			result, err := map[string]func() (payment.Result, error){
				"send":   func() (payment.Result, error) { return a.Send(t.Context(), payment.Payment{}, attempt) },
				"check":  func() (payment.Result, error) { return a.Check(t.Context(), attempt) },
				"cancel": func() (payment.Result, error) { return a.Cancel(t.Context(), attempt) },
			}[call]()
			if got := summary(result, err); got != want {
				t.Errorf("%s answered %d %s: %s, want %s (%v)", call, row.status, row.body, got, want, err)
			}
			if result.Outcome.Moved() && !result.Amount.Equal(attempt.Amount) {
				t.Errorf("%s answered %s: the amount is %s", call, row.body, result.Amount)
			}
		}
	}
}

func TestDeclineCodes(t *testing.T) {
	for code, want := range map[string]payment.Reason{
		"do_not_honor": payment.DoNotHonor, "issuer_unavailable": payment.IssuerUnavailable, "channel_error": payment.ChannelError,
		"insufficient_funds": payment.InsufficientFunds, "limit_exceeded": payment.LimitExceeded, "lost_card": payment.LostCard,
		"stolen_card": payment.StolenCard, "suspected_fraud": payment.SuspectedFraud, "expired_card": payment.ExpiredCard,
		"incorrect_cvc": payment.IncorrectCVC, "invalid_card": payment.InvalidCard, "authentication_required": payment.AuthRequired,
		"authentication_failed": payment.AuthFailed, "currency_not_supported": payment.CurrencyNotSupported,
		"merchant_not_enabled": payment.MerchantNotEnabled,

		"": payment.GenericDecline, "r2d2": payment.GenericDecline, "DO_NOT_HONOR": payment.GenericDecline,
		"not_sent": payment.GenericDecline, "rate_limited": payment.GenericDecline, "channel_closed": payment.GenericDecline,
	} {
		a := answering(t, nil, 200, echoed(`"status":"declined","code":"`+code+`"`))
		result, err := a.Send(t.Context(), payment.Payment{}, attempt)
		if err != nil || result.Outcome != payment.Declined || result.Reason != want || result.ProviderCode != code {
			t.Errorf("%q: %+v (%v), want %s", code, result, err, want)
		}
	}
	for _, code := range []string{"duplicate", "DUPLICATE_ORDER", "already_exists", "idempotency_error", "reference_conflict", "94", "two words", strings.Repeat("x", 65)} {
		a := answering(t, nil, 200, echoed(`"status":"declined","code":"`+code+`"`))
		if result, err := a.Send(t.Context(), payment.Payment{}, attempt); err == nil {
			t.Errorf("%q: %+v, want unknown", code, result)
		}
	}
}

func TestWithoutPromises(t *testing.T) {
	nothing := func(c *card.Config) { c.Capabilities, c.PreExecutionCodes = payment.Capabilities{}, nil }
	a := answering(t, nothing, 403, `{"code":"channel_closed"}`)
	if result, err := a.Send(t.Context(), payment.Payment{}, attempt); err == nil {
		t.Errorf("an undocumented code: %+v, want unknown", result)
	}
	a = answering(t, nothing, 200, echoed(`"status":"canceled"`))
	if result, err := a.Cancel(t.Context(), attempt); err != nil || result.Outcome != payment.Voided {
		t.Errorf("a cancel that fences nothing: %+v (%v), want voided", result, err)
	}
	if a.Capabilities() != (payment.Capabilities{}) {
		t.Errorf("promises %+v", a.Capabilities())
	}
}

func TestPartlyCaptured(t *testing.T) {
	at := attempt
	at.Captured = money.Must("20.00", "EUR")
	for body, want := range map[string]string{
		echoed(`"status":"approved","captured":"20.00"`):   "captured",
		echoed(`"status":"approved","captured":"30.00"`):   unknown,
		echoed(`"status":"authorized","captured":"20.00"`): "authorized",
	} {
		result, err := answering(t, nil, 200, body).Check(t.Context(), at)
		if got := summary(result, err); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
}

func TestOperations(t *testing.T) {
	receipt := func(more string) string {
		return `{"reference":"ref_1","id":"re_1","amount":"10.00","currency":"EUR",` + more + `}`
	}
	for _, row := range []struct {
		status      int
		body        string
		said, asked string
	}{
		{200, receipt(`"status":"approved"`), "done", "done"},
		{200, receipt(`"status":"pending"`), "pending", "pending"},
		{200, receipt(`"status":"declined","code":"do_not_honor"`), "declined do_not_honor do_not_honor", "declined do_not_honor do_not_honor"},
		{200, receipt(`"status":"declined","code":"duplicate"`), unknown, unknown},
		{200, receipt(`"status":"authorized"`), unknown, unknown},
		{200, `{"reference":"ref_1","amount":"10.01","currency":"EUR","status":"approved"}`, unknown, unknown},
		{200, `{"reference":"ref_2","amount":"10.00","currency":"EUR","status":"approved"}`, unknown, unknown},
		{404, `{"code":"not_found"}`, unknown, "not found"},
		{404, ``, unknown, unknown},
		{409, receipt(`"status":"approved"`), unknown, unknown},
		{422, `{"code":"amount_exceeds"}`, unknown, unknown},
		{429, `{"code":"rate_limited"}`, unknown, unknown},
		{500, receipt(`"status":"approved"`), unknown, unknown},
	} {
		a := answering(t, nil, row.status, row.body)
		for _, kind := range []payment.OperationKind{payment.Capture, payment.Refund, payment.Reversal} {
			o := payment.Operation{ID: "ref_1", Kind: kind, Amount: money.Must("10.00", "EUR")}
			carry := a.Refund
			if kind == payment.Capture {
				carry = a.Capture
			}
			result, err := carry(t.Context(), attempt, o)
			if got := summary(result, err); got != row.said {
				t.Errorf("%s answered %d %s: %s, want %s", kind, row.status, row.body, got, row.said)
			}
			if result.Outcome == payment.Done && !result.Amount.Equal(o.Amount) {
				t.Errorf("%s answered %s: the amount is %s", kind, row.body, result.Amount)
			}
			result, err = a.CheckOperation(t.Context(), attempt, o)
			if got := summary(result, err); got != row.asked {
				t.Errorf("inquiry for %s answered %d %s: %s, want %s", kind, row.status, row.body, got, row.asked)
			}
		}
	}
}

// TestOneRequest takes the trap of net/http: on a warm connection that breaks it repeats a request by itself.
func TestOneRequest(t *testing.T) {
	posts := make(chan string, 8)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			var order struct{ Reference string }
			_ = json.NewDecoder(r.Body).Decode(&order)
			posts <- order.Reference
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write([]byte(`{"status":"ok"}`))
	}))
	defer server.Close()
	a, err := card.New(config(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := a.Probe(t.Context()); err != nil { // warms the connection
			t.Fatal(err)
		}
		if result, err := a.Send(t.Context(), payment.Payment{}, attempt); err == nil {
			t.Errorf("said %+v", result)
		}
		if got := <-posts; got != "att_1" || len(posts) != 0 {
			t.Errorf("sent %s, and %d more", got, len(posts))
		}
	}
}

func TestEndsWithItsContext(t *testing.T) {
	arrived := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = r.Body.Read(make([]byte, 1024))
		close(arrived)
		<-r.Context().Done()
	}))
	defer server.Close()
	a, err := card.New(config(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	if result, err := a.Send(ctx, payment.Payment{}, attempt); err == nil {
		t.Errorf("said %+v", result)
	}
}

// The channel is well when it refuses what it understood, and says nothing of the payment by that.
func TestARefusalThatTheProviderExplainsIsToldApart(t *testing.T) {
	amount := money.Must("1.00", "EUR")
	for _, row := range []struct {
		status  int
		body    string
		refused bool
	}{
		{422, `{"code":"token_not_usable"}`, true},
		{400, `{"code":"bad_amount"}`, true},
		{409, `{"code":"duplicate"}`, true},
		{422, `{}`, false},
		{422, `<html>`, false},
		{408, `{"code":"timeout"}`, false},
		{429, `{"code":"slow_down"}`, false},
		{500, `{"code":"token_not_usable"}`, false},
		{302, `{"code":"token_not_usable"}`, false},
	} {
		a := answering(t, nil, row.status, row.body)
		for name, call := range map[string]func() (payment.Result, error){
			"send": func() (payment.Result, error) {
				return a.Send(t.Context(), payment.Payment{}, payment.Attempt{ID: "att_1", Amount: amount})
			},
			"refund": func() (payment.Result, error) {
				return a.Refund(t.Context(), payment.Attempt{ID: "att_1", Amount: amount}, payment.Operation{ID: "ref_1", Amount: amount})
			},
		} {
			if r, err := call(); r.Outcome != payment.Unknown || err == nil || errors.Is(err, rails.ErrRefused) != row.refused {
				t.Errorf("%s answered with %d %s: %s, %v", name, row.status, row.body, r.Outcome, err)
			}
		}
	}
}
