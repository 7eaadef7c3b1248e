package webhook_test

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestSecretsAreAsStandardWebhooksSays(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		secret := newSecret(t)
		encoded, prefixed := strings.CutPrefix(secret, "whsec_")
		raw, err := base64.StdEncoding.DecodeString(encoded)
		if !prefixed || err != nil || len(raw) < 24 || len(raw) > 64 {
			t.Errorf("%q holds %d bytes, %v", secret, len(raw), err)
		}
		if seen[secret] {
			t.Errorf("%q came twice", secret)
		}
		seen[secret] = true
	}
}
