package chain

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	faultsMax = 64 // at once on one endpoint
	slowMax   = time.Minute
	lagMax    = 10_000
)

// The ways in which a request for a fault can be wrong.
var (
	// ErrFault is returned when a fault cannot be understood.
	ErrFault = errors.New("invalid fault")
	// ErrTooMany is returned when an endpoint has faultsMax faults already.
	ErrTooMany = errors.New("too many faults at once: clear some first")
)

// kind is a way in which an endpoint misbehaves.
type kind int

// The kinds. The zero kind is good behaviour.
const (
	well             kind = iota
	hang                  // no answer
	serverError           // 500, and nothing happens
	slow                  // as usual, later
	refuse                // no connection: the listener is closed
	lag                   // as if the newest blocks were not there
	wrongChainID          // says that it is another chain
	dropTransactions      // takes a transaction and forgets it
	sentBut500            // takes a transaction and answers 500
)

var kinds = map[string]kind{
	"hang": hang, "error_500": serverError, "slow": slow, "refuse": refuse, "lag": lag, "wrong_chain_id": wrongChainID,
	"drop_transactions": dropTransactions, "sent_but_500": sentBut500,
}

// Fault is what an endpoint does wrong.
type Fault struct {
	Text   string `json:"scenario"` // as given
	Count  int    `json:"count"`    // messages left; 0 lasts until cleared
	kind   kind
	delay  time.Duration
	blocks uint64
}

// ParseFault reads the name of a fault, which for slow and lag is followed by a colon and how much.
func ParseFault(text string, count int) (Fault, error) {
	name, argument, _ := strings.Cut(text, ":")
	f := Fault{Text: text, Count: count, kind: kinds[name]}
	var err error
	switch {
	case f.kind == well:
		return Fault{}, fmt.Errorf("%w: %q is not one of %s", ErrFault, name, strings.Join(slices.Sorted(maps.Keys(kinds)), ", "))
	case count < 0:
		return Fault{}, fmt.Errorf("%w: count %d is negative", ErrFault, count)
	case f.kind == refuse && count != 0:
		return Fault{}, fmt.Errorf("%w: refuse closes the listener until cleared: no count", ErrFault)
	case f.kind == slow:
		if f.delay, err = time.ParseDuration(argument); err != nil || f.delay <= 0 || f.delay > slowMax {
			return Fault{}, fmt.Errorf("%w: slow needs a duration up to %s, as in slow:1s", ErrFault, slowMax)
		}
	case f.kind == lag:
		if f.blocks, err = strconv.ParseUint(argument, 10, 64); err != nil || f.blocks == 0 || f.blocks > lagMax {
			return Fault{}, fmt.Errorf("%w: lag needs a number of blocks up to %d, as in lag:5", ErrFault, lagMax)
		}
	case argument != "":
		return Fault{}, fmt.Errorf("%w: %s takes no argument", ErrFault, name)
	}
	return f, nil
}

// concerns reports whether f applies to a message with these calls.
func (f Fault) concerns(calls []call) bool {
	if f.kind != dropTransactions && f.kind != sentBut500 {
		return true
	}
	return slices.ContainsFunc(calls, func(c call) bool { return c.Method == sendRaw })
}

// board holds the faults of one endpoint, oldest first.
type board struct {
	mu     sync.Mutex
	faults []Fault
}

func (b *board) put(f Fault) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.faults) >= faultsMax {
		return ErrTooMany
	}
	b.faults = append(b.faults, f)
	return nil
}

func (b *board) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = nil
}

func (b *board) list() []Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Fault{}, b.faults...)
}

// draw returns the oldest fault that concerns a message and uses up one of its count, or good behaviour.
func (b *board) draw(calls []call) Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.faults, func(f Fault) bool { return f.concerns(calls) })
	if i < 0 {
		return Fault{}
	}
	drawn := b.faults[i]
	switch drawn.Count {
	case 0: // until cleared
	case 1:
		b.faults = slices.Delete(b.faults, i, i+1)
	default:
		b.faults[i].Count--
	}
	return drawn
}
