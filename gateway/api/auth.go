package api

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/payment"
)

type callerKey struct{}

// callerOf returns the key that the request was authenticated with.
func callerOf(ctx context.Context) access.Key {
	k, _ := ctx.Value(callerKey{}).(access.Key)
	return k
}

// token is what a request shows to prove whose it is.
type token struct{ text, id, secret string }

// readToken returns errNoKey when the header holds none.
func readToken(authorization string) (token, error) {
	scheme, text, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return token{}, errNoKey
	}
	id, secret, err := access.ParseSecret(text)
	if err != nil {
		return token{}, errNoKey
	}
	return token{text, id, secret}, nil
}

// opens returns errNoKey unless it is the key's and in force, and errNoScope when that may not do what the scope is for.
func (t token) opens(key access.Key, scope access.Scope) error {
	if !key.Matches(t.secret) || !strings.HasPrefix(t.text, key.Kind+"_"+string(key.Mode)+"_") {
		return errNoKey
	}
	kind := "sk"
	if scope == access.Operator || scope == access.Support {
		kind = "op"
	}
	if key.Kind != kind || !key.May(scope) {
		return errNoScope
	}
	return nil
}

// keyCache keeps keys in memory for a second, so that a busy merchant does not cost a query each time and a revoked key
// ends within that second on every gateway. Older ones are good for telling who knocks: see remembered.
type keyCache struct {
	store Store
	now   func() time.Time

	mu   sync.Mutex
	keys map[string]cachedKey
}

type cachedKey struct {
	access.Key
	until time.Time
}

const (
	keyFor  = time.Second
	keysMax = 10_000
)

func newKeyCache(store Store, now func() time.Time) *keyCache {
	return &keyCache{store: store, now: now, keys: map[string]cachedKey{}}
}

// remembered returns a key as it once was.
func (k *keyCache) remembered(id string) (access.Key, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	cached, ok := k.keys[id]
	return cached.Key, ok
}

// find returns a key as it is now, or errNoKey when there is none.
func (k *keyCache) find(ctx context.Context, id string) (access.Key, error) {
	now := k.now()
	k.mu.Lock()
	cached, ok := k.keys[id]
	k.mu.Unlock()
	if ok && now.Before(cached.until) {
		return cached.Key, nil
	}
	key, err := k.store.APIKey(ctx, id)
	if errors.Is(err, payment.ErrNotFound) {
		return access.Key{}, errNoKey
	}
	if err != nil {
		return access.Key{}, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, kept := k.keys[id]; !kept && len(k.keys) >= keysMax {
		for any := range k.keys {
			delete(k.keys, any)
			break
		}
	}
	k.keys[id] = cachedKey{key, now.Add(keyFor)}
	return key, nil
}
