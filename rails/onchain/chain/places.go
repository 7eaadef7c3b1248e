package chain

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// placesPage is how many addresses are read at a time.
const placesPage = 1000

// errAddress is returned for text that is no address.
var errAddress = errors.New("no address")

// ParseAddress reads 0x and forty hex digits, whatever their case.
func ParseAddress(text string) (Address, error) {
	var a Address
	digits, ok := strings.CutPrefix(text, "0x")
	if !ok || len(digits) != 2*len(a) {
		return a, fmt.Errorf("%.50q: %w", text, errAddress)
	}
	if _, err := hex.Decode(a[:], []byte(digits)); err != nil {
		return a, fmt.Errorf("%.50q: %w", text, errAddress)
	}
	return a, nil
}

// places are the addresses that were given out, by any gateway, in the order of their numbers.
type places struct {
	known  map[Address]struct{}
	newest int64
}

func newPlaces() *places { return &places{known: map[Address]struct{}{}} }

func (p *places) ours(a Address) bool {
	_, ok := p.known[a]
	return ok
}

// refresh takes in what was given out since. Numbers are taken before they are stored: one that is missing below the
// newest may still come, so that its address is derived and watched as well.
func (p *places) refresh(ctx context.Context, store Store, channel string, derive func(int64) (Address, error)) error {
	for {
		page, err := store.Places(ctx, channel, p.newest, placesPage)
		if err != nil {
			return err
		}
		for _, place := range page {
			for missing := p.newest + 1; missing < place.Number; missing++ {
				address, err := derive(missing)
				if err != nil {
					return err
				}
				p.known[address] = struct{}{}
			}
			address, err := ParseAddress(place.PayTo)
			if err != nil {
				return fmt.Errorf("place %d: %w", place.Number, err)
			}
			p.known[address] = struct{}{}
			p.newest = place.Number
		}
		if len(page) < placesPage {
			return nil
		}
	}
}

// Given returns what tells the addresses that were given out at a channel from others, as they are now.
func Given(ctx context.Context, store Store, channel string, derive func(int64) (Address, error)) (func(Address) bool, error) {
	p := newPlaces()
	if err := p.refresh(ctx, store, channel, derive); err != nil {
		return nil, err
	}
	return p.ours, nil
}
