package chain

import (
	"context"
	"sync"
	"time"
)

// pace says when blocks come by themselves: after an interval, with every transaction, or never.
type pace struct {
	mu       sync.Mutex
	interval time.Duration // 0 unless blocks come by the clock
	automine bool          // never together with an interval
	changed  chan struct{} // wakes the miner
}

func newPace(interval time.Duration, automine bool) pace {
	if automine {
		interval = 0
	}
	return pace{interval: interval, automine: automine, changed: make(chan struct{}, 1)}
}

// everyTransaction switches to a block with every transaction. Switching it off leaves another pace alone, as anvil does.
func (p *pace) everyTransaction(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if on {
		p.interval = 0
	}
	p.automine = on
	p.wake()
}

// every switches to a block each interval; 0 leaves blocks to requests alone.
func (p *pace) every(interval time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.interval, p.automine = interval, false
	p.wake()
}

func (p *pace) wake() {
	select {
	case p.changed <- struct{}{}:
	default: // it wakes already
	}
}

func (p *pace) read() (interval time.Duration, automine bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.interval, p.automine
}

// wait returns true when a block is due by the clock, and false when ctx has ended.
func (p *pace) wait(ctx context.Context) bool {
	for {
		var due <-chan time.Time // nil never comes
		if interval, _ := p.read(); interval > 0 {
			due = time.After(interval)
		}
		select {
		case <-ctx.Done():
			return false
		case <-p.changed:
		case <-due:
			return true
		}
	}
}
