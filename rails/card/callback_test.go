package card_test

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/card"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// listener is an acquirer at noon.
func listener(t testing.TB, change func(*card.Config)) *card.Acquirer {
	t.Helper()
	c := config("http://acquirer.example")
	c.Now = func() time.Time { return noon }
	if change != nil {
		change(&c)
	}
	a, err := card.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// signed is a message as somebody with this secret would send it.
func signed(t testing.TB, secret, id string, at time.Time, body string) http.Header {
	t.Helper()
	signer, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := signer.Sign(id, at, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return http.Header{
		"Webhook-Id": {id}, "Webhook-Timestamp": {strconv.FormatInt(at.Unix(), 10)}, "Webhook-Signature": {signature},
	}
}

const updated = `{"type":"charge.updated","data":{"reference":"att_1","status":"approved"}}`

func TestCallbackAge(t *testing.T) {
	a := listener(t, nil)
	for age, ok := range map[time.Duration]bool{
		0: true, 5 * time.Minute: true, 5*time.Minute + time.Second: false,
		-5 * time.Minute: true, -5*time.Minute - time.Second: false, 100 * 365 * 24 * time.Hour: false,
	} {
		got, err := a.Callback(signed(t, callbackSecret, "evt_1", noon.Add(-age), updated), []byte(updated))
		if (err == nil) != ok || (ok && got != rails.Callback{Event: "evt_1", Reference: "att_1"}) {
			t.Errorf("%s old: %+v (%v)", age, got, err)
		}
	}
}

func TestCallbackAbout(t *testing.T) {
	a := listener(t, nil)
	for _, body := range []string{
		``, `null`, `[]`, `{}`, updated + updated,
		`{"type":"charge.created","data":{"reference":"att_1"}}`,
		`{"type":"charge.updated","data":{"reference":""}}`,
		`{"type":"charge.updated","data":{"reference":"att_1\n"}}`,
		`{"type":"charge.updated","data":{"reference":"att_1","reference":"att_2"}}`,
		`{"type":"charge.updated","data":["att_1"]}`,
		`{"type":"charge.updated","data":{"reference":"` + strings.Repeat("a", 2<<20) + `"}}`,
	} {
		if got, err := a.Callback(signed(t, callbackSecret, "evt_1", noon, body), []byte(body)); err == nil || got != (rails.Callback{}) {
			t.Errorf("%.80s: %+v (%v)", body, got, err)
		}
	}
	if got, err := a.Callback(signed(t, callbackSecret, "evt 1\x00", noon, updated), []byte(updated)); err == nil {
		t.Errorf("heard %+v under an id that is none", got)
	}
}

func TestCallbackSecrets(t *testing.T) {
	const other = "whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldCwganVzdCBhcyBsb25n"
	a := listener(t, nil)
	if _, err := a.Callback(signed(t, other, "evt_1", noon, updated), []byte(updated)); err == nil {
		t.Error("heard somebody else")
	}
	header := signed(t, other, "evt_1", noon, updated)
	ours := signed(t, callbackSecret, "evt_1", noon, updated).Get("Webhook-Signature")
	header.Set("Webhook-Signature", header.Get("Webhook-Signature")+" "+ours)
	if _, err := a.Callback(header, []byte(updated)); err != nil {
		t.Errorf("a provider that rotates its secret signs with both: %v", err)
	}
	silent := listener(t, func(c *card.Config) { c.CallbackSecret = "" })
	for _, secret := range []string{"whsec_", callbackSecret} {
		if got, err := silent.Callback(signed(t, secret, "evt_1", noon, updated), []byte(updated)); err == nil {
			t.Errorf("heard %+v without a secret of its own", got)
		}
	}
}

// FuzzCallback changes an authentic message. Only the message itself may be heard.
func FuzzCallback(f *testing.F) {
	a := listener(f, nil)
	authentic := signed(f, callbackSecret, "evt_1", noon, updated)
	f.Add("evt_1", authentic.Get("Webhook-Timestamp"), authentic.Get("Webhook-Signature"), []byte(updated))
	f.Fuzz(func(t *testing.T, id, timestamp, signature string, body []byte) {
		header := http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {timestamp}, "Webhook-Signature": {signature}}
		got, err := a.Callback(header, body)
		if err != nil {
			if got != (rails.Callback{}) {
				t.Errorf("heard %+v beside %v", got, err)
			}
			return
		}
		if id != "evt_1" || !bytes.Equal(body, []byte(updated)) || (got != rails.Callback{Event: "evt_1", Reference: "att_1"}) {
			t.Errorf("heard %+v from %q %q %q %q", got, id, timestamp, signature, body)
		}
	})
}
