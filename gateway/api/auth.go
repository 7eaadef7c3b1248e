package api

import (
	"context"
	"errors"
	"strings"

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

// key returns a key as it is now, or errNoKey when there is none.
func (s *server) key(ctx context.Context, id string) (access.Key, error) {
	key, err := s.Access.Key(ctx, id)
	if errors.Is(err, payment.ErrNotFound) {
		return access.Key{}, errNoKey
	}
	return key, err
}
