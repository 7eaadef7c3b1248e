// Package scenario says how a channel misbehaves on demand.
//
// A scenario is three independent choices: what the channel does with a message, what it answers, and how it calls
// back. Everything that goes wrong on a real wire is a row of one table over the three.
package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Effect is what the channel does with a message.
type Effect int

// The effects.
const (
	Perform Effect = iota // carry it out
	Decline               // refuse it as an issuer would
	Later                 // carry it out after Delay, unless it was cancelled before
	Nothing               // ignore it
)

// Answer is what the channel sends back.
type Answer int

// The answers.
const (
	Plainly     Answer = iota // what happened
	Silence                   // nothing, until the caller gives up
	ServerError               // a 500, whatever happened
	Empty                     // a 200 without a body
	WrongAmount               // what happened, with another amount
	Closed                    // the documented pre-execution code channel_closed
	Held                      // what happened, once it is released through the control API
	Slowly                    // what happened, after Delay of real time
	Refused                   // no connection at all: the listener is closed
)

// Callbacks is how the channel reports a change of a charge.
type Callbacks int

// The ways to call back.
const (
	Once      Callbacks = iota
	Twice               // the same event two times
	Backwards           // the newest state first, then an older one
)

// Scenario is one way to treat a message. The zero Scenario is good behaviour.
type Scenario struct {
	Name      string
	Effect    Effect
	Answer    Answer
	Callbacks Callbacks
	Delay     time.Duration // sandbox time for Later, real time for Slowly
	Channel   string        // when set, only this channel misbehaves
	wide      bool          // concerns every message of a channel, so it cannot be asked for in one message
}

// DelayMax is the longest delay a scenario may name.
const DelayMax = 30 * 24 * time.Hour

var byName = map[string]Scenario{
	"timeout_then_success":  {Answer: Silence},
	"timeout_then_decline":  {Effect: Decline, Answer: Silence},
	"charged_but_500":       {Answer: ServerError},
	"empty_200":             {Answer: Empty},
	"wrong_amount_echo":     {Answer: WrongAmount},
	"not_sent":              {Effect: Nothing, Answer: Closed},
	"never_visible":         {Effect: Nothing, Answer: Silence},
	"late_success":          {Effect: Later, Answer: Silence},
	"dup_callback":          {Callbacks: Twice},
	"out_of_order_callback": {Callbacks: Backwards},
	"fails_on":              {Effect: Nothing, Answer: Closed},
	"hold":                  {Answer: Held},
	"hang":                  {Effect: Nothing, Answer: Silence, wide: true},
	"error_500":             {Effect: Nothing, Answer: ServerError, wide: true},
	"slow":                  {Answer: Slowly, wide: true},
	"refuse":                {Effect: Nothing, Answer: Refused, wide: true},
}

// Parse reads a scenario as a message names it in its simulate field. The empty text is good behaviour.
func Parse(text string) (Scenario, error) {
	if text == "" {
		return Scenario{}, nil
	}
	s, err := parse(text)
	if err != nil {
		return Scenario{}, err
	}
	if s.wide {
		return Scenario{}, fmt.Errorf("%q concerns a whole channel: set it through the control API", s.Name)
	}
	return s, nil
}

func parse(text string) (Scenario, error) {
	name, argument, _ := strings.Cut(text, ":")
	s, ok := byName[name]
	if !ok {
		return Scenario{}, fmt.Errorf("unknown scenario %q: use one of %s", name, strings.Join(Names(), ", "))
	}
	s.Name = name
	switch {
	case name == "fails_on":
		s.Channel = argument
		if argument == "" {
			return Scenario{}, fmt.Errorf("%q needs a channel, as in fails_on:card.acme-eu", name)
		}
	case s.Effect == Later || s.Answer == Slowly:
		delay, err := time.ParseDuration(argument)
		if err != nil || delay <= 0 || delay > DelayMax {
			return Scenario{}, fmt.Errorf("%q needs a duration up to %s, as in %s:5s", name, DelayMax, name)
		}
		s.Delay = delay
	case argument != "":
		return Scenario{}, fmt.Errorf("%q takes no argument", name)
	}
	return s, nil
}

// On returns the scenario as channel sees it: good behaviour when another channel is meant.
func (s Scenario) On(channel string) Scenario {
	if s.Channel != "" && s.Channel != channel {
		return Scenario{}
	}
	return s
}

// Names lists every scenario in alphabetical order.
func Names() []string {
	return slices.Sorted(maps.Keys(byName))
}
