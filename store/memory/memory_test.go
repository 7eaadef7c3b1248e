package memory_test

import (
	"context"
	"testing"

	"github.com/causeway-pay/causeway/store/memory"
	"github.com/causeway-pay/causeway/store/storetest"
)

func TestMemory(t *testing.T) {
	storetest.RunEngine(t, func(t *testing.T) (storetest.Engine, storetest.Dying) {
		return memory.New(), func(commit func(context.Context) error) error {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			return commit(ctx)
		}
	})
}
