package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"
)

// cursor is the name under which a watch keeps its place.
const cursor = "audit"

// Pass is where the watch is.
type Pass struct {
	Began time.Time `json:"began,omitzero"` // the pass under way; zero: it rests
	Walk  int       `json:"walk"`           // which part it is in
	After string    `json:"after"`          // behind which place

	Heads   map[string]string `json:"heads"`   // up to where it looked at what is new
	Seen    time.Time         `json:"seen"`    // whatever was changed until then was looked at
	Checked map[string]int64  `json:"checked"` // objects by invariant, in the pass under way
	Asked   time.Time         `json:"asked,omitzero"`

	LastBegan time.Time        `json:"last_began,omitzero"` // the last pass that ended
	LastEnded time.Time        `json:"last_ended,omitzero"`
	Last      map[string]int64 `json:"last"`
	Chains    map[string]int64 `json:"chains"` // of the tables of chains, by the last look at them
}

func (p *Pass) begin(now time.Time) {
	p.Began, p.Walk, p.After, p.Checked = now, 0, "", map[string]int64{}
}

func (p *Pass) end(now time.Time) {
	p.LastBegan, p.LastEnded, p.Last = p.Began, now, maps.Clone(p.Checked)
	p.Began = time.Time{}
}

// Kept is where a watch keeps what it knows.
type Kept interface {
	// Findings returns what was found and is not mended, the oldest first.
	Findings(ctx context.Context) ([]Finding, error)
	Cursor(ctx context.Context, name string) (string, error)
}

// LastPass returns where the watch of any gateway is.
func LastPass(ctx context.Context, kept Kept) (Pass, error) {
	p := Pass{Chains: map[string]int64{}}
	text, err := kept.Cursor(ctx, cursor)
	if err != nil || text == "" {
		return p, err
	}
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return p, fmt.Errorf("place of the audit: %w", err)
	}
	return p, nil
}

// State is what the watch of any gateway knows of one invariant.
type State struct {
	Invariant

	Findings []Finding
}

// States returns what the watch knows of every invariant, with the numbers of the last pass that ended, and where it is.
func States(ctx context.Context, kept Kept) ([]State, Pass, error) {
	pass, err := LastPass(ctx, kept)
	if err != nil {
		return nil, pass, err
	}
	findings, err := kept.Findings(ctx)
	if err != nil {
		return nil, pass, err
	}
	var states []State
	for _, i := range Invariants() {
		s := State{Invariant: i}
		s.Checked = pass.Last[i.ID] + pass.Chains[i.ID]
		for _, f := range findings {
			if f.Invariant == i.ID {
				s.Broken++
				s.Findings = append(s.Findings, f)
			}
		}
		states = append(states, s)
	}
	return states, pass, nil
}
