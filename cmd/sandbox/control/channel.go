package control

import (
	"fmt"
	"net/http"

	"github.com/causeway-pay/causeway/cmd/sandbox/scenario"
)

// faultList is what a whole channel follows now.
type faultList struct {
	Faults []scenario.Fault `json:"faults"`
}

// named asks for something about one charge, capture or refund.
type named struct {
	Reference string `json:"reference"`
}

func (c *Control) faults(r *http.Request) (any, error) {
	a, err := c.acquirer(r)
	if err != nil {
		return nil, err
	}
	return faultList{a.Faults()}, nil
}

func (c *Control) impose(r *http.Request) (any, error) {
	a, err := c.acquirer(r)
	if err != nil {
		return nil, err
	}
	var wish struct {
		Scenario string `json:"scenario"`
		Count    int    `json:"count"`
	}
	if err := read(r, &wish); err != nil {
		return nil, err
	}
	fault, err := a.Vocabulary().ParseFault(wish.Scenario, wish.Count)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errInvalid, err)
	}
	if err := a.Impose(fault); err != nil {
		return nil, err
	}
	return faultList{a.Faults()}, nil
}

func (c *Control) recover(r *http.Request) (any, error) {
	a, err := c.acquirer(r)
	if err != nil {
		return nil, err
	}
	if err := a.Recover(); err != nil {
		return nil, err
	}
	return faultList{a.Faults()}, nil
}

func (c *Control) release(r *http.Request) (any, error) {
	a, err := c.acquirer(r)
	if err != nil {
		return nil, err
	}
	var wish named
	if err := read(r, &wish); err != nil {
		return nil, err
	}
	released := a.Release(wish.Reference)
	if released == 0 {
		return nil, fmt.Errorf("%w: %q", errNotHeld, wish.Reference)
	}
	return struct {
		Released int `json:"released"`
	}{released}, nil
}

func (c *Control) announce(r *http.Request) (any, error) {
	a, err := c.acquirer(r)
	if err != nil {
		return nil, err
	}
	var wish named
	if err := read(r, &wish); err != nil {
		return nil, err
	}
	if err := a.Announce(wish.Reference); err != nil {
		return nil, err
	}
	return wish, nil
}
