package main

import (
	"context"
	"time"

	"github.com/causeway-pay/causeway/audit"
)

const (
	keepEvery  = time.Second
	sealBatch  = 1000
	sealRecent = 30 * time.Second // longer than a transaction takes to commit, unless something hangs
	sealWindow = 10 * time.Minute // longer than any transaction can take to commit
	sealWhole  = 30 * time.Second // between looks at the whole window, which has ten minutes of entries, nearly all of them sealed
	pruneEvery = time.Minute
	pruneBatch = 1000
)

// keep does the small recurring work: it seals the ledger, takes over what operators decided and the audit found on other
// gateways, and drops answers that are too old to be repeated.
func (n *node) keep(ctx context.Context) {
	var sealing sealing
	pruned := time.Now()
	begun := now().Add(-sealWindow)
	ticker := time.NewTicker(keepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if n.seal(ctx, sealing.since) {
			sealing.reached(now())
		}
		if flags, err := n.behind.ChannelFlags(ctx); err != nil {
			n.log.Warn("channel flags", "err", err)
		} else if err := n.board.SetFlags(flags); err != nil {
			n.log.Warn("channel flags", "err", err)
		}
		if released, err := n.behind.ReleasedRates(ctx, begun); err != nil {
			n.log.Warn("released rates", "err", err)
		} else {
			n.rates.TakeOver(released)
		}
		if err := n.showInvariants(ctx); err != nil {
			n.log.Warn("invariants", "err", err)
		}
		if time.Since(pruned) > pruneEvery {
			pruned = time.Now()
			if _, err := n.behind.Prune(ctx, now(), pruneBatch); err != nil {
				n.log.Warn("prune", "err", err)
			}
			if counts, err := n.behind.OpenBreakCounts(ctx, now()); err != nil {
				n.log.Warn("open breaks", "err", err)
			} else {
				n.metrics.openBreaks(counts)
			}
		}
	}
}

// sealing is what a gateway looks at for entries that are not sealed.
type sealing struct {
	since time.Time // from when on there may be some; zero: it is not known
	whole time.Time // when it began to look at the whole window last
}

// reached moves on after all since then were sealed: to what is recent, and to the whole window when that was long ago.
func (s *sealing) reached(now time.Time) {
	s.since = now.Add(-sealRecent)
	if now.Sub(s.whole) >= sealWhole {
		s.since, s.whole = now.Add(-sealWindow), now
	}
}

// showInvariants takes over into the metrics what the audit knows, whichever gateway it is on.
func (n *node) showInvariants(ctx context.Context) error {
	states, pass, err := audit.States(ctx, n.behind)
	if err != nil {
		return err
	}
	halted, err := n.worker.PayoutsHalted(ctx)
	if err != nil {
		return err
	}
	n.metrics.invariants(states, pass, halted, now())
	return nil
}

// seal appends what was committed to the hash chain, on one gateway at a time, and reports whether it reached the end.
func (n *node) seal(ctx context.Context, since time.Time) bool {
	at := now()
	_, leader, err := n.behind.Lease(ctx, "seal", n.name, at, at.Add(10*keepEvery))
	if err != nil {
		n.log.Warn("seal", "err", err)
		return false
	}
	if !leader {
		return false
	}
	if since.IsZero() { // what others sealed is not looked at again, however much it is
		until, err := n.behind.SealedUntil(ctx)
		if err != nil {
			n.log.Warn("seal", "err", err)
			return false
		}
		if !until.IsZero() {
			since = until.Add(-sealWindow)
		}
	}
	sealed, err := n.behind.Seal(ctx, since, at, sealBatch)
	if err != nil {
		n.log.Warn("seal", "err", err)
		return false
	}
	return sealed < sealBatch
}
