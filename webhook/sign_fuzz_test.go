package webhook

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/causeway-pay/causeway/payment"
)

// FuzzSign delivers any event. The same bytes are sent each time and say what happened; whoever has a live secret can tell
// that they are ours, a secret that was rotated out proves nothing any more, and neither does anything that was changed.
func FuzzSign(f *testing.F) {
	f.Add("evt_01KAPR3Z5V9W6QZ2M8D4X7TJ5N", "payment.succeeded", int64(1), []byte(`{"id":"pay_1","amount":{"value":"49.90","currency":"EUR"}}`), uint16(3))
	f.Add("evt_2", "</script>", int64(-1), []byte(`"<>&"`), uint16(77))
	f.Add("evt_3", "\xff", int64(0), []byte(`null`), uint16(0))
	f.Add("evt_4", "", int64(9), []byte(`{`), uint16(9))
	f.Add("evt_5", "ping", int64(9), []byte(`{"a":1,"a":2}`), uint16(9))
	const current, former, older = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldCwganVzdCBhcyBsb25n", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	secrets := []Secret{{Value: current}, {Value: former, ExpiresAt: now.Add(time.Hour)}, {Value: older, ExpiresAt: now}}
	receivers := map[string]*standardwebhooks.Webhook{}
	for _, s := range secrets {
		receiver, err := standardwebhooks.NewWebhook(s.Value)
		if err != nil {
			f.Fatal(err)
		}
		receivers[s.Value] = receiver
	}
	f.Fuzz(func(t *testing.T, id, kind string, sequence int64, data []byte, place uint16) {
		event := payment.Event{ID: id, Type: kind, At: now, Sequence: sequence, Data: data}
		body, err := Body(event)
		if err != nil {
			if json.Valid(data) {
				t.Errorf("%q cannot be delivered: %v", data, err)
			}
			return
		}
		if again, err := Body(event); err != nil || !bytes.Equal(again, body) {
			t.Errorf("%s once, and %s again (%v)", body, again, err)
		}
		var read struct {
			Type    string          `json:"type"`
			Version int64           `json:"version"`
			Data    json.RawMessage `json:"data"`
		}
		if err := json.Unmarshal(body, &read); err != nil || read.Version != sequence || read.Type != string([]rune(kind)) {
			t.Errorf("%q %d is delivered as %s (%v)", kind, sequence, body, err)
		}
		if want, got := compact(t, data), compact(t, read.Data); !bytes.Equal(got, want) {
			t.Errorf("%s is delivered as %s", want, got)
		}

		header := http.Header{}
		if err := sign(header, id, now, body, secrets); err != nil {
			t.Fatal(err)
		}
		for secret, receiver := range receivers {
			err := receiver.VerifyIgnoringTimestamp(body, header)
			if id == "" { // the library takes an empty id for a missing one
				continue
			}
			if live := secret != older; (err == nil) != live {
				t.Errorf("with the secret %.12s…, live %t: %v", secret, live, err)
			}
		}
		changed := bytes.Clone(body)
		changed[int(place)%len(changed)] ^= 1 << (place % 8)
		if receivers[current].VerifyIgnoringTimestamp(changed, header) == nil {
			t.Errorf("%s is taken for %s", changed, body)
		}
	})
}

func compact(t *testing.T, text []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := json.Compact(&out, text); err != nil {
		t.Fatal(err)
	}
	var escaped bytes.Buffer
	json.HTMLEscape(&escaped, out.Bytes()) // which the encoder does on the way
	return escaped.Bytes()
}
