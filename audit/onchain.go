package audit

import (
	"context"
	"fmt"
	"time"
)

// Chain is what the nodes of a chain can be asked.
type Chain interface {
	// Missing says what the books hold to be in the chain and the nodes do not have, of every channel on it.
	Missing(ctx context.Context) ([]string, error)
}

// reorgMax is how long a watcher may take to bring the books in line with a chain that replaced blocks.
const reorgMax = 30 * time.Second

// onchain checks what was taken in from chains and paid out over them.
func (a *auditor) onchain(chains []Chain) []part {
	parts := []part{
		whole("deposits", "I10", reorgMax, func(ctx context.Context, f *found) error {
			transfers, _, err := a.books.ChainCounts(ctx)
			f.objects = int(transfers)
			if err != nil {
				return err
			}
			return f.all(ctx, "I10", "deposit %s", a.books.DepositsAstray)
		}),
		whole("blocks", "I10", reorgMax, func(ctx context.Context, f *found) error {
			return f.all(ctx, "I10", "%s does not follow the one before: something was not scanned", a.books.BlocksAstray)
		}),
		whole("nonces", "I11", reorgMax, func(ctx context.Context, f *found) error {
			_, intents, err := a.books.ChainCounts(ctx)
			f.objects = int(intents)
			if err != nil {
				return err
			}
			return f.all(ctx, "I11", "%s", a.books.NoncesAstray)
		}),
	}
	for n, chain := range chains {
		parts = append(parts, whole(fmt.Sprintf("nodes %d", n+1), "I10", reorgMax, func(ctx context.Context, f *found) error {
			return f.all(ctx, "I10", "%s", chain.Missing)
		}))
	}
	return parts
}

func (f *found) all(ctx context.Context, invariant, format string, find func(context.Context) ([]string, error)) error {
	found, err := find(ctx)
	for _, s := range found {
		f.fault(invariant, format, s)
	}
	return err
}
