package breaker

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
)

var (
	// ErrOpen is returned when the breaker is open, by itself, by an operator
	// or by the fleet's advice, or is half open and this attempt may not be a
	// trial.
	ErrOpen = errors.New("breaker open")
	// ErrDraining is returned when an operator drains the channel.
	ErrDraining = errors.New("channel is draining")
	// ErrMaintenance is returned when the channel's maintenance window is on.
	ErrMaintenance = errors.New("channel is in maintenance")
	// ErrBusy is returned when all slots of the operation are taken.
	ErrBusy = errors.New("channel is busy")
	// ErrUnknownChannel is returned when the board was built without the channel.
	ErrUnknownChannel = errors.New("unknown channel")
)

// Config is what a Board is built from.
type Config struct {
	// Channels are all the channels of the board, by name.
	Channels map[string]Settings
	// Prober asks a channel how it is: one that is half open, and regularly one
	// with [Settings.ProbeEvery].
	Prober Prober
	// Fleet shares advice with other gateways; nil when this one is alone.
	Fleet *Fleet
	// OnChange is told of each change of a channel's status, as payers find it,
	// one at a time, by Run; nil when nobody listens. Changes that follow one
	// another while it runs are folded into one; [State.Trips] still counts
	// them. It may read the board and decide flags.
	OnChange func(Change)
	// Log receives what operators should know; nil discards it.
	Log *slog.Logger
}

// Board holds the breakers of one process, one for each channel. Its methods
// may be called at the same time; none but Run waits for anything.
type Board struct {
	circuits map[string]*circuit
	names    []string // sorted
	prober   Prober
	fleet    *Fleet
	onChange func(Change)
	log      *slog.Logger
	notice   chan struct{} // holds a token while OnChange may have news
	tell     chan struct{} // holds a token while the fleet may have news
}

// NewBoard returns a board on which every channel is closed. The error names
// every bad setting of every channel.
func NewBoard(config Config) (*Board, error) {
	b := &Board{
		circuits: make(map[string]*circuit, len(config.Channels)),
		names:    slices.Sorted(maps.Keys(config.Channels)),
		prober:   config.Prober,
		fleet:    config.Fleet,
		onChange: config.OnChange,
		log:      config.Log,
		notice:   make(chan struct{}, 1),
		tell:     make(chan struct{}, 1),
	}
	var faults []error
	if b.prober == nil {
		faults = append(faults, errors.New("prober: must be given, or no breaker could ever close again"))
	}
	for _, name := range b.names {
		settings := config.Channels[name]
		if err := settings.Validate(); err != nil {
			faults = append(faults, fmt.Errorf("channel %s: %w", name, err))
			continue
		}
		b.circuits[name] = newCircuit(name, settings, b.changed)
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("breaker: %w", errors.Join(faults...))
	}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	return b, nil
}

// changed wakes the loops of Run. Breakers call it under their mutexes.
func (b *Board) changed() {
	for _, bell := range []chan struct{}{b.notice, b.tell} {
		select {
		case bell <- struct{}{}:
		default: // already ringing
		}
	}
}

// Allow admits one submit to channel: a call that may move money. It is asked
// after the attempt is on disk and just before the wire, and takes a slot until
// done is called with the verdict. Calling done again does nothing; where it is
// never called, the call counts as faulty after Settings.CallMax.
//
// The error is ErrOpen, ErrDraining, ErrMaintenance, ErrBusy or
// ErrUnknownChannel, and then nothing was taken.
func (b *Board) Allow(channel string, a Attempt) (done func(Verdict), err error) {
	c, ok := b.circuits[channel]
	if !ok {
		return nil, ErrUnknownChannel
	}
	return c.admit(a)
}

// AllowResolve admits one inquiry, cancel or void to channel, whatever the
// channel's status. It takes a slot until done is called, or for
// Settings.CallMax. The error is ErrBusy or ErrUnknownChannel.
func (b *Board) AllowResolve(channel string) (done func(), err error) {
	c, ok := b.circuits[channel]
	if !ok {
		return nil, ErrUnknownChannel
	}
	return c.admitResolve()
}

// State returns what is known about channel, or false when the board was built
// without it.
func (b *Board) State(channel string) (State, bool) {
	c, ok := b.circuits[channel]
	if !ok {
		return State{}, false
	}
	return c.state(), true
}

// States returns the state of every channel, in the order of their names.
func (b *Board) States() []State {
	states := make([]State, len(b.names))
	for i, name := range b.names {
		states[i] = b.circuits[name].state()
	}
	return states
}
