package webhook

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/causeway-pay/causeway/payment"
)

// ErrUnsigned is returned when an endpoint has no live secret to sign with, or one that is not base64.
var ErrUnsigned = errors.New("no secret to sign with")

// secretBytes is the length of a secret: Standard Webhooks allows 24 to 64 bytes.
const secretBytes = 32

// NewSecret returns a new signing secret, "whsec_" and base64.
func NewSecret() (string, error) {
	raw := make([]byte, secretBytes)
	if _, err := rand.Read(raw); err != nil {
		return "", fmt.Errorf("new webhook secret: %w", err)
	}
	return "whsec_" + base64.StdEncoding.EncodeToString(raw), nil
}

// Body returns what is sent of an event: the same bytes every time.
func Body(e payment.Event) ([]byte, error) {
	return json.Marshal(struct {
		Type      string          `json:"type"`
		Timestamp string          `json:"timestamp"` // when it happened
		Version   int64           `json:"version"`   // the event's sequence: increases with every event of the payment
		Data      json.RawMessage `json:"data"`
	}{e.Type, payment.Stamp(e.At), e.Sequence, e.Data})
}

// sign sets the headers of Standard Webhooks 1.0.0. While a secret is being rotated both sign, so that the receiver may
// know either.
func sign(h http.Header, id string, now time.Time, body []byte, secrets []Secret) error {
	var signatures []string
	for _, s := range secrets {
		if !s.live(now) {
			continue
		}
		signer, err := standardwebhooks.NewWebhook(s.Value)
		if err != nil {
			return ErrUnsigned // the cause may repeat part of the secret
		}
		signature, err := signer.Sign(id, now, body)
		if err != nil {
			return fmt.Errorf("sign webhook: %w", err)
		}
		signatures = append(signatures, signature)
	}
	if len(signatures) == 0 {
		return ErrUnsigned
	}
	h.Set(standardwebhooks.HeaderWebhookID, id)
	h.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	h.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	return nil
}

func (s Secret) live(now time.Time) bool {
	return s.ExpiresAt.IsZero() || now.Before(s.ExpiresAt)
}
