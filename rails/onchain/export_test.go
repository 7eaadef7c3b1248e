package onchain

import (
	"context"

	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/onchain/chain"
)

// Watcher gives tests one round at a time.
func (r *Rail) Watcher(journal rails.Journal) *chain.Watcher { return r.watcher(journal) }

// ProbeNode asks one node how it is, as its breaker does.
func (r *Rail) ProbeNode(ctx context.Context, name string) error { return r.node.Probe(ctx, name) }

// Stop has the rail stop after a step of a payout, as if the process died there.
func (r *Rail) Stop(step func(name string) error) { r.purse.step = step }
