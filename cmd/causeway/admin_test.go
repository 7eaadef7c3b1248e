package main

import (
	"errors"
	"slices"
	"testing"

	"github.com/causeway-pay/causeway/access"
)

func TestMerchantScopes(t *testing.T) {
	got, err := merchantScopes("sk", []string{"read", "payout"})
	if err != nil || !slices.Equal(got, []access.Scope{access.Read, access.Payout}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, row := range []struct {
		kind string
		name string
	}{{"sk", "operator"}, {"sk", "support"}, {"sk", ""}, {"op", "read"}} {
		if got, err := merchantScopes(row.kind, []string{row.name}); !errors.Is(err, errUsage) {
			t.Errorf("a key of kind %s with the scope %q has %v, %v", row.kind, row.name, got, err)
		}
	}
}
