package channel

import (
	"slices"
	"sync"
)

// Gate holds one answer back.
type Gate struct {
	reference string
	opened    chan struct{} // closed when the answer may go
}

// Gates are the answers held back now, by reference. The zero Gates hold none.
type Gates struct {
	mu    sync.Mutex
	waits map[string][]*Gate
}

// Shut holds back the answer to reference until it is released or removed.
func (g *Gates) Shut(reference string) *Gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waits == nil {
		g.waits = map[string][]*Gate{}
	}
	held := &Gate{reference: reference, opened: make(chan struct{})}
	g.waits[reference] = append(g.waits[reference], held)
	return held
}

// Release opens every gate of reference and returns how many there were.
func (g *Gates) Release(reference string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	released := g.waits[reference]
	for _, held := range released {
		close(held.opened)
	}
	delete(g.waits, reference)
	return len(released)
}

// Remove forgets a gate whose answer has gone or whose caller has. Without a gate it does nothing.
func (g *Gates) Remove(held *Gate) {
	if held == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	left := slices.DeleteFunc(g.waits[held.reference], func(other *Gate) bool { return other == held })
	if len(left) == 0 {
		delete(g.waits, held.reference)
		return
	}
	g.waits[held.reference] = left
}
