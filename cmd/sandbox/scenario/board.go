package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Operation is a kind of message that a fault can be aimed at.
type Operation string

// The operations. Any stands for all of them.
const (
	Any       Operation = "any"
	Charge    Operation = "charge"
	Capture   Operation = "capture"
	Refund    Operation = "refund"
	Transfer  Operation = "transfer"
	Cancel    Operation = "cancel"
	Inquiry   Operation = "inquiry"
	Statement Operation = "statement"
	Health    Operation = "health"
)

// FaultsMax is how many faults a channel can have at once.
const FaultsMax = 64

// ErrTooMany is returned when a channel has FaultsMax faults already.
var ErrTooMany = errors.New("too many faults at once: clear some first")

// Fault is a scenario that a whole channel follows.
type Fault struct {
	Text      string    `json:"scenario"` // as given
	Count     int       `json:"count"`    // messages left; 0 lasts until cleared
	Operation Operation `json:"operation"`
	scenario  Scenario
}

// ParseFault reads "[operation:]scenario". Without an operation the scenario concerns the messages that begin a payment,
// or every message when it is one of hang, error_500, slow and refuse.
func (v Vocabulary) ParseFault(text string, count int) (Fault, error) {
	if count < 0 {
		return Fault{}, fmt.Errorf("count %d is negative", count)
	}
	operation, rest := v.main, text
	prefix, after, _ := strings.Cut(text, ":")
	aimed := slices.Contains(v.aims, Operation(prefix))
	if aimed {
		operation, rest = Operation(prefix), after
	}
	s, err := v.parse(rest)
	if err != nil {
		return Fault{}, err
	}
	if s.aim != "" && !aimed {
		operation = s.aim
	}
	switch {
	case s.Answer == Refused && (aimed || count != 0):
		return Fault{}, errors.New("refuse closes the listener for everyone until cleared: no operation, no count")
	case asks(operation) && (s.Effect == Decline || s.Effect == Later):
		return Fault{}, fmt.Errorf("%q has no meaning for %s", s.Name, operation)
	}
	return Fault{Text: text, Count: count, Operation: operation, scenario: s}, nil
}

// asks reports whether o is a message that can be neither declined nor late.
func asks(o Operation) bool { return o == Cancel || o == Inquiry || o == Statement }

// Refuses reports whether the fault closes the listener.
func (f Fault) Refuses() bool { return f.scenario.Answer == Refused }

func (f Fault) concerns(o Operation) bool { return f.Operation == Any || f.Operation == o }

// Board holds the faults of one channel, oldest first.
type Board struct {
	mu     sync.Mutex
	faults []Fault
}

// Put adds a fault, or returns ErrTooMany.
func (b *Board) Put(f Fault) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.faults) >= FaultsMax {
		return ErrTooMany
	}
	b.faults = append(b.faults, f)
	return nil
}

// Clear removes every fault.
func (b *Board) Clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = nil
}

// Faults lists the faults that still apply.
func (b *Board) Faults() []Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Fault{}, b.faults...)
}

// Draw returns the scenario of the oldest fault that concerns o, and uses up one of its count.
func (b *Board) Draw(o Operation) Scenario {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := b.find(o)
	if i < 0 {
		return Scenario{}
	}
	s := b.faults[i].scenario
	switch b.faults[i].Count {
	case 0: // until cleared
	case 1:
		b.faults = slices.Delete(b.faults, i, i+1)
	default:
		b.faults[i].Count--
	}
	return s
}

// Peek returns what Draw would, without using it up: a probe must not eat the faults meant for payments.
func (b *Board) Peek(o Operation) Scenario {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := b.find(o); i >= 0 {
		return b.faults[i].scenario
	}
	return Scenario{}
}

func (b *Board) find(o Operation) int {
	return slices.IndexFunc(b.faults, func(f Fault) bool { return f.concerns(o) })
}
