package api

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/payment"
)

type callerKey struct{}

// callerOf returns the key that the request was authenticated with.
func callerOf(ctx context.Context) access.Key {
	k, _ := ctx.Value(callerKey{}).(access.Key)
	return k
}

// authenticate admits requests with a key that has the scope of the operation.
func (s *server) authenticate(c huma.Context, next func(huma.Context)) {
	key, err := s.caller(c)
	if err != nil {
		if errors.Is(err, errNoKey) {
			c.SetHeader("WWW-Authenticate", "Bearer")
		}
		s.refuse(humagin.Unwrap(c), err)
		return
	}
	next(huma.WithValue(c, callerKey{}, key))
}

func (s *server) caller(c huma.Context) (access.Key, error) {
	scheme, token, _ := strings.Cut(c.Header("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return access.Key{}, errNoKey
	}
	id, secret, err := access.ParseSecret(token)
	if err != nil {
		return access.Key{}, errNoKey
	}
	key, err := s.keys.find(c.Context(), id)
	if err != nil {
		return access.Key{}, err
	}
	if !key.Matches(secret) || !strings.HasPrefix(token, key.Kind+"_"+string(key.Mode)+"_") {
		return access.Key{}, errNoKey
	}
	scope, _ := c.Operation().Metadata["scope"].(access.Scope)
	kind := "sk"
	if scope == access.Operator || scope == access.Support {
		kind = "op"
	}
	if key.Kind != kind || !key.May(scope) {
		return access.Key{}, errNoScope
	}
	return key, nil
}

// keyCache keeps keys in memory for a second, so that a busy merchant does not cost a query each time and a revoked key
// ends within that second on every gateway.
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

// find returns a key, or errNoKey when there is none.
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
	if len(k.keys) >= keysMax {
		clear(k.keys)
	}
	k.keys[id] = cachedKey{key, now.Add(keyFor)}
	return key, nil
}
