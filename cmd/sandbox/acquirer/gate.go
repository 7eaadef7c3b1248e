package acquirer

import (
	"slices"
	"sync"
)

// gate holds one answer back.
type gate struct {
	reference string
	opened    chan struct{} // closed when the answer may go
}

// gates are the answers held back now, by reference.
type gates struct {
	mu    sync.Mutex
	waits map[string][]*gate
}

func (g *gates) shut(reference string) *gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waits == nil {
		g.waits = map[string][]*gate{}
	}
	held := &gate{reference: reference, opened: make(chan struct{})}
	g.waits[reference] = append(g.waits[reference], held)
	return held
}

// release opens every gate of reference and returns how many there were.
func (g *gates) release(reference string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	released := g.waits[reference]
	for _, held := range released {
		close(held.opened)
	}
	delete(g.waits, reference)
	return len(released)
}

// remove forgets a gate whose answer has gone or whose caller has.
func (g *gates) remove(held *gate) {
	g.mu.Lock()
	defer g.mu.Unlock()
	left := slices.DeleteFunc(g.waits[held.reference], func(other *gate) bool { return other == held })
	if len(left) == 0 {
		delete(g.waits, held.reference)
		return
	}
	g.waits[held.reference] = left
}
