// Package access says who may do what: merchants, their API keys and scopes, and the operators' roles.
package access

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

// Scope is one thing that a key may do.
type Scope string

// The scopes of merchants' keys, and the roles of operators' keys.
const (
	Read     Scope = "read"
	Write    Scope = "write"
	Payout   Scope = "payout"
	Admin    Scope = "admin"
	Operator Scope = "operator" // channel controls
	Support  Scope = "support"  // sees every merchant's payments, changes nothing
)

// Merchant is who collects payments and is owed their settlement.
type Merchant struct {
	ID        string    `json:"id"` // "m_…" or a name chosen by the operator: [a-z0-9_-], at most 40
	Name      string    `json:"name"`
	Tier      string    `json:"tier"`     // what treasury's rules match on
	Currency  string    `json:"currency"` // default settlement currency
	CreatedAt time.Time `json:"created_at"`
}

// Key is an API key as it is stored: never the secret, only its hash.
type Key struct {
	ID        string // "key_…"
	Kind      string // "sk", "pk" or "op"
	Merchant  string // empty for an operator's key
	Mode      payment.Mode
	Scopes    []Scope
	Hash      string // SHA-256 of the secret's 256 random bits, in hex
	CreatedAt time.Time
	RevokedAt time.Time
}

// ErrBadSecret is returned when a bearer token does not have the form of a key.
var ErrBadSecret = errors.New("not an API key")

const secretBytes = 32

// NewSecret makes a key of the form "sk_test_<id>_<secret>" and fills in its hash. The secret is shown once and never stored.
func NewSecret(k Key) (Key, string, error) {
	raw := make([]byte, secretBytes)
	if _, err := rand.Read(raw); err != nil {
		return Key{}, "", fmt.Errorf("new API key: %w", err)
	}
	secret := base64.RawURLEncoding.EncodeToString(raw)
	k.Hash = Hash(secret)
	return k, strings.Join([]string{k.Kind, string(k.Mode), strings.TrimPrefix(k.ID, "key_"), secret}, "_"), nil
}

// ParseSecret splits a bearer token into the id of its key and the secret. It returns ErrBadSecret when it is none.
func ParseSecret(token string) (id, secret string, err error) {
	const longest = 128
	parts := strings.SplitN(token, "_", 4)
	if len(token) > longest || len(parts) != 4 || !slices.Contains([]string{"sk", "pk", "op"}, parts[0]) {
		return "", "", ErrBadSecret
	}
	return "key_" + parts[2], parts[3], nil
}

// Matches compares the secret with the stored hash in constant time, and reports whether the key is still in force.
func (k Key) Matches(secret string) bool {
	same := subtle.ConstantTimeCompare([]byte(Hash(secret)), []byte(k.Hash)) == 1
	return same && k.RevokedAt.IsZero()
}

// May reports whether the key has the scope.
func (k Key) May(s Scope) bool {
	return slices.Contains(k.Scopes, s) || slices.Contains(k.Scopes, Admin)
}

// Hash is how a secret is stored: its SHA-256 in hex. A secret has so many bits that nothing slower is needed.
func Hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
