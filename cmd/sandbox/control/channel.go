package control

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/causeway-pay/causeway/cmd/sandbox/scenario"
)

// peer is a channel that can be made to misbehave.
type peer interface {
	Name() string
	Vocabulary() scenario.Vocabulary
	Faults() []scenario.Fault
	Impose(scenario.Fault) error
	Recover() error
	Release(reference string) int
	Announce(reference string) error
}

// faultList is what a whole channel follows now.
type faultList struct {
	Faults []scenario.Fault `json:"faults"`
}

// named asks for something about one charge, payment or entry.
type named struct {
	Reference string `json:"reference"`
}

// channels adds what can be done to every peer of one kind.
func channels[P peer](mux *http.ServeMux, kind string, c *Control, peers []P) {
	add := func(method, what string, do func(P, *http.Request) (any, error)) {
		mux.HandleFunc(method+" /control/"+kind+"/{name}/"+what, serve(func(r *http.Request) (any, error) {
			p, err := pick(peers, r)
			if err != nil {
				return nil, err
			}
			return do(p, r)
		}))
	}
	add("GET", "faults", func(p P, _ *http.Request) (any, error) { return faultList{p.Faults()}, nil })
	add("POST", "faults", func(p P, r *http.Request) (any, error) { return impose(p, r) })
	add("DELETE", "faults", func(p P, _ *http.Request) (any, error) {
		if err := p.Recover(); err != nil {
			return nil, err
		}
		return faultList{p.Faults()}, nil
	})
	add("POST", "release", func(p P, r *http.Request) (any, error) { return release(p, r) })
	add("POST", "callbacks", func(p P, r *http.Request) (any, error) { return onReference(r, p.Announce) })
	add("GET", "movements", func(p P, r *http.Request) (any, error) { return c.movements(r, p.Name()) })
}

// pick returns the peer that the path names.
func pick[P peer](peers []P, r *http.Request) (P, error) {
	name := r.PathValue("name")
	i := slices.IndexFunc(peers, func(p P) bool { return p.Name() == name })
	if i < 0 {
		var none P
		return none, fmt.Errorf("%w: %q", errNoPeer, name)
	}
	return peers[i], nil
}

func impose(p peer, r *http.Request) (any, error) {
	var wish struct {
		Scenario string `json:"scenario"`
		Count    int    `json:"count"`
	}
	if err := read(r, &wish); err != nil {
		return nil, err
	}
	fault, err := p.Vocabulary().ParseFault(wish.Scenario, wish.Count)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errInvalid, err)
	}
	if err := p.Impose(fault); err != nil {
		return nil, err
	}
	return faultList{p.Faults()}, nil
}

func release(p peer, r *http.Request) (any, error) {
	var wish named
	if err := read(r, &wish); err != nil {
		return nil, err
	}
	released := p.Release(wish.Reference)
	if released == 0 {
		return nil, fmt.Errorf("%w: %q", errNotHeld, wish.Reference)
	}
	return struct {
		Released int `json:"released"`
	}{released}, nil
}

// onReference does something about the reference in the body, and answers with it.
func onReference(r *http.Request, do func(reference string) error) (any, error) {
	var wish named
	if err := read(r, &wish); err != nil {
		return nil, err
	}
	if err := do(wish.Reference); err != nil {
		return nil, err
	}
	return wish, nil
}
