package store

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// Limits of a group.
const (
	batchMax = 128  // steps in one database transaction
	queueMax = 4096 // steps that wait
)

// group lets steps that come at the same time into the database by one transaction: while one batch is written the others
// wait, and then the first of them writes the next for all. Nobody waits for company, and merchants take turns where more
// wait than one transaction takes. (After group commit: DeWitt et al., "Implementation Techniques for Main Memory Database
// Systems", 1984.)
type group struct {
	mu      sync.Mutex
	writing bool
	lines   []*line // that somebody waits in, the one whose turn it is first
	of      map[string]*line
	waiting int
}

// line is the steps of one merchant that wait, oldest first.
type line struct {
	merchant string
	steps    []*step
}

func newGroup() *group { return &group{of: map[string]*line{}} }

// join waits until a step is settled. It returns a batch when that is to be written by the caller first, who then calls
// settled. A step whose context ends before it is in a batch is left out, and then join returns an error.
func (g *group) join(ctx context.Context, s *step) ([]*step, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	g.mu.Lock()
	if g.waiting >= queueMax {
		g.mu.Unlock()
		return nil, fmt.Errorf("%d steps wait to be written", queueMax)
	}
	g.queue(s)
	if !g.writing {
		g.writing = true
		batch := g.next()
		g.mu.Unlock()
		return batch, nil
	}
	g.mu.Unlock()
	select {
	case batch := <-s.turn:
		return batch, nil
	case <-ctx.Done():
		if g.leave(s) {
			return nil, ctx.Err()
		}
		return <-s.turn, nil // it is in a batch, and what becomes of that is known in a moment
	}
}

// settled tells the others of a batch, whose first step is the caller's, and hands the next batch on.
func (g *group) settled(batch []*step) {
	g.mu.Lock()
	next := g.next()
	g.writing = len(next) > 0
	g.mu.Unlock()
	for _, s := range batch[1:] {
		s.turn <- nil
	}
	if len(next) > 0 {
		next[0].turn <- next
	}
}

func (g *group) queue(s *step) {
	l := g.of[s.After.Merchant]
	if l == nil {
		l = &line{merchant: s.After.Merchant}
		g.of[l.merchant] = l
		g.lines = append(g.lines, l)
	}
	l.steps = append(l.steps, s)
	g.waiting++
}

// next takes out the steps of a batch. What two steps would change both is changed by one batch after the other, so that
// each statement sees it once.
func (g *group) next() []*step {
	var batch []*step
	var later []*line
	held := map[string]bool{}
	for len(g.lines) > 0 && len(batch) < batchMax {
		l := g.lines[0]
		g.lines = g.lines[1:]
		s := l.steps[0]
		names := s.names()
		if slices.ContainsFunc(names, func(name string) bool { return held[name] }) {
			later = append(later, l)
			continue
		}
		for _, name := range names {
			held[name] = true
		}
		batch = append(batch, s)
		g.waiting--
		if l.steps = l.steps[1:]; len(l.steps) > 0 {
			g.lines = append(g.lines, l)
		} else {
			delete(g.of, l.merchant)
		}
	}
	g.lines = append(later, g.lines...)
	return batch
}

// leave takes out a step that waits, and reports whether it still did.
func (g *group) leave(s *step) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.of[s.After.Merchant]
	if l == nil {
		return false
	}
	i := slices.Index(l.steps, s)
	if i < 0 {
		return false
	}
	g.waiting--
	if l.steps = slices.Delete(l.steps, i, i+1); len(l.steps) == 0 {
		delete(g.of, l.merchant)
		g.lines = slices.DeleteFunc(g.lines, func(other *line) bool { return other == l })
	}
	return true
}
