package line_test

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/causeway-pay/causeway/rails/line"
)

const (
	secret  = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	another = "whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldCwganVzdCBhcyBsb25n"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// letter is a message of a provider as it travels.
type letter struct{ id, timestamp, signature string }

func (l letter) header() http.Header {
	return http.Header{"Webhook-Id": {l.id}, "Webhook-Timestamp": {l.timestamp}, "Webhook-Signature": {l.signature}}
}

// FuzzSeal has a provider sign any message. It is heard as it was signed while it is fresh, and is not heard once a thief
// has changed any part of it, or signed it with a secret of their own.
func FuzzSeal(f *testing.F) {
	f.Add("evt_1", int64(0), []byte(`{"type":"charge.updated"}`), "", uint8(0), uint16(0))
	f.Add("evt_1", int64(300), []byte("<Document/>"), "v1,AAAA", uint8(1), uint16(3))
	f.Add("evt.1", int64(-301), []byte(nil), "v1a,xx v2,yy", uint8(2), uint16(9))
	f.Add("evt 1", int64(0), []byte("\xff"), " ", uint8(3), uint16(1))
	ours, thiefs := signer(f, secret), signer(f, another)
	seal, err := line.NewSeal(secret, func() time.Time { return noon })
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, id string, age int64, body []byte, beside string, part uint8, place uint16) {
		at := noon.Add(-time.Duration(age%1_000_000) * time.Second)
		signed := sign(t, ours, id, at, body)
		event, err := seal.Verify(signed.header(), body)
		fresh := at.Sub(noon).Abs() <= 5*time.Minute
		if heard := err == nil; heard != (fresh && line.IsID(id) && !strings.Contains(id, ".")) || heard && event != id || !heard && event != "" {
			t.Fatalf("%q, %s old: heard as %q (%v)", id, noon.Sub(at), event, err)
		}
		// Whatever else stands beside the signature takes nothing away from it, and adds nothing to a thief's.
		rotated := letter{id, signed.timestamp, beside + " " + signed.signature}
		if _, rotatedErr := seal.Verify(rotated.header(), body); (rotatedErr == nil) != (err == nil) {
			t.Errorf("beside %q: %v, alone %v", beside, rotatedErr, err)
		}
		forged := sign(t, thiefs, id, at, body)
		forged.signature = beside + " " + forged.signature
		refuse(t, seal, forged, body)

		// The id, the time and the body are signed as one text, with points between them.
		now := strconv.FormatInt(noon.Unix(), 10)
		joined := sign(t, ours, id, at, []byte(now+"."+string(body)))
		refuse(t, seal, letter{id + "." + joined.timestamp, now, joined.signature}, body)

		altered, alteredBody := alter(signed, body, part, int(place))
		refuse(t, seal, altered, alteredBody)
	})
}

// alter changes one part of a message: a bit of its body, its length, its id, its time, or a bit of its signature.
func alter(l letter, body []byte, part uint8, place int) (letter, []byte) {
	bit := byte(1) << (place % 8)
	switch part % 5 {
	case 0:
		if len(body) > 0 {
			body = slices.Clone(body)
			body[place%len(body)] ^= bit
			return l, body
		}
		return l, []byte{0}
	case 1:
		return l, append(bytes.Clone(body), byte(place))
	case 2:
		l.id += string(rune('0' + place%10))
	case 3:
		seconds, _ := strconv.ParseInt(l.timestamp, 10, 64)
		l.timestamp = strconv.FormatInt(seconds+1+int64(place), 10)
	case 4:
		const prefix = "v1,"
		raw := []byte(l.signature)
		at := len(prefix) + place%(len(raw)-len(prefix)-2) // the last characters have bits that say nothing
		raw[at] = map[bool]byte{true: 'B', false: 'A'}[raw[at] == 'A']
		l.signature = string(raw)
	}
	return l, body
}

func refuse(t *testing.T, seal line.Seal, l letter, body []byte) {
	t.Helper()
	event, err := seal.Verify(l.header(), body)
	if !errors.Is(err, line.ErrSignature) || event != "" {
		t.Errorf("forged, and heard as %q (%v): %+v %q", event, err, l, body)
	}
	if err != nil && strings.Contains(err.Error(), secret) {
		t.Errorf("%v tells the secret", err)
	}
}

func signer(t testing.TB, secret string) *standardwebhooks.Webhook {
	t.Helper()
	s, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func sign(t *testing.T, by *standardwebhooks.Webhook, id string, at time.Time, body []byte) letter {
	t.Helper()
	signature, err := by.Sign(id, at, body)
	if err != nil {
		t.Fatal(err)
	}
	return letter{id, strconv.FormatInt(at.Unix(), 10), signature}
}

// FuzzVerify takes a message of any parts from somebody who has no secret. Nothing of it is heard.
func FuzzVerify(f *testing.F) {
	seal, err := line.NewSeal(secret, func() time.Time { return noon })
	if err != nil {
		f.Fatal(err)
	}
	f.Add("evt_1", "1772452800", "v1,", []byte("{}"))
	f.Add("evt_1", "1772452800", "v1,"+strings.Repeat("A", 43)+"=", []byte("{}"))
	f.Add("", "", "", []byte(nil))
	f.Fuzz(func(t *testing.T, id, timestamp, signature string, body []byte) {
		refuse(t, seal, letter{id, timestamp, signature}, body)
	})
}
