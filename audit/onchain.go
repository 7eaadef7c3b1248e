package audit

import (
	"context"
	"fmt"
)

// Chain is what the nodes of a chain can be asked.
type Chain interface {
	// Missing says what the books hold to be in the chain and the nodes do not have, of every channel on it.
	Missing(ctx context.Context) ([]string, error)
}

// onchain checks what was taken in from chains and paid out over them.
func (a *auditor) onchain(ctx context.Context) error {
	transfers, intents, err := a.books.ChainCounts(ctx)
	if err != nil {
		return err
	}
	if err := a.collect(ctx, a.deposits, transfers, a.books.DepositsAstray, "deposit %s"); err != nil {
		return err
	}
	if err := a.collect(ctx, a.deposits, 0, a.books.BlocksAstray, "%s does not follow the one before: something was not scanned"); err != nil {
		return err
	}
	for _, chain := range a.chains {
		if err := a.collect(ctx, a.deposits, 0, chain.Missing, "%s"); err != nil {
			return fmt.Errorf("ask a node: %w", err)
		}
	}
	return a.collect(ctx, a.nonces, intents, a.books.NoncesAstray, "%s")
}
