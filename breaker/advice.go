package breaker

import (
	"context"
	"time"

	"github.com/sony/gobreaker/v2"
)

// quorumMin is how many gateways must see trouble before the others heed it.
const quorumMin = 2

// bulletin is what one gateway lets the fleet know.
type bulletin struct {
	// Troubled holds the channels whose own breaker is open or half open. What
	// the regular probes find is not in it: each gateway probes for itself.
	Troubled map[string]Status `json:"troubled"`
	Flags    []Flag            `json:"flags"`
}

// advice is what the fleet makes of one channel. It stands until a time, so
// that it lapses by itself when no more is heard.
type advice struct {
	troubled, living int // gateways
	since, until     time.Time
}

func (a advice) stands(now time.Time) bool { return now.Before(a.until) }

// withdrawn is a, ended at now if it still stood.
func (a advice) withdrawn(now time.Time) advice {
	if a.stands(now) {
		a.until = now
	}
	return a
}

// quorum reports whether so many of the living gateways see trouble that the
// rest should believe them.
func quorum(troubled, living int) bool { return troubled >= quorumMin && 2*troubled > living }

// confer exchanges bulletins with the fleet: when something changed here, and
// regularly to hear of the others.
func (b *Board) confer(ctx context.Context) {
	tick := time.NewTicker(b.fleet.every)
	defer tick.Stop()
	reachable := true
	for {
		bulletins, err := b.fleet.exchange(ctx, b.bulletin())
		if ctx.Err() != nil {
			b.fleet.leave(context.WithoutCancel(ctx))
			return
		}
		if reachable != (err == nil) {
			reachable = err == nil
			b.log.Warn("fleet", "reachable", reachable, "error", err)
		}
		if err == nil {
			b.heed(bulletins)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		case <-b.tell:
		}
	}
}

// bulletin is what this gateway knows at first hand, and every flag.
func (b *Board) bulletin() bulletin {
	own := bulletin{Troubled: map[string]Status{}, Flags: b.Flags()}
	for _, name := range b.names {
		if status := b.circuits[name].own(); status != Closed {
			own.Troubled[name] = status
		}
	}
	return own
}

// heed takes over what the living gateways say, this one included.
func (b *Board) heed(bulletins []bulletin) {
	troubled := make(map[string]int)
	for _, each := range bulletins {
		for channel := range each.Troubled {
			troubled[channel]++
		}
		if err := b.SetFlags(each.Flags); err != nil {
			b.log.Warn("fleet flags", "error", err)
		}
	}
	for _, name := range b.names {
		b.circuits[name].advise(troubled[name], len(bulletins), b.fleet.ttl)
	}
}

// own is the channel's status as this gateway itself finds it, whatever
// operators and the fleet say.
func (c *circuit) own() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.gate.State() {
	case gobreaker.StateOpen:
		return Open
	case gobreaker.StateHalfOpen:
		return HalfOpen
	default:
		return Closed
	}
}

// advise replaces the fleet's advice with what is heard now.
func (c *circuit) advise(troubled, living int, ttl time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	stood, stands := c.advice.stands(now), quorum(troubled, living)
	if stands {
		since := now
		if stood {
			since = c.advice.since
		}
		c.advice = advice{troubled: troubled, living: living, since: since, until: now.Add(ttl)}
	} else {
		c.advice = c.advice.withdrawn(now)
	}
	if stands != stood {
		c.changed()
	}
}
