// Package scenario says how a channel misbehaves on demand.
//
// A scenario is a few independent choices: what the channel does with a message, what it answers, how it calls back, and
// what becomes of a transfer on its way. Everything that goes wrong on a real wire is a row of one table over them.
package scenario

import (
	"fmt"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
)

// Effect is what the channel does with a message.
type Effect int

// The effects.
const (
	Perform Effect = iota // carry it out
	Decline               // refuse it as an issuer would
	Later                 // carry it out after Delay, unless it was canceled before and Stubborn is not set
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
	Never               // not at all
)

// Course is what becomes of a transfer that a bank carries out.
type Course int

// The courses.
const (
	Straight  Course = iota // it arrives
	Delayed                 // it is accepted after Delay
	Stopped                 // it is held until it is released through the control API
	Uncovered               // it waits for the money of its cover
	Bounced                 // it is rejected with Code by the agent number Agent, after it was accepted
	Unbooked                // it is rejected with Code after it was accepted, before the account was debited
	Returned                // it arrives and comes back after Delay, less than it was when Amount is set, because of Code
	Recalled                // it arrives, and a recall of it is accepted
	Kept                    // it arrives, and a recall of it is refused
)

// Scenario is one way to treat a message. The zero Scenario is good behaviour.
type Scenario struct {
	Name      string
	Effect    Effect
	Answer    Answer
	Callbacks Callbacks
	Course    Course
	Delay     time.Duration // real time for Slowly, otherwise sandbox time
	Channel   string        // when set, only this channel misbehaves
	Code      string        // the reason of a refusal or return, from the code set of the protocol
	Stubborn  bool          // of Later: a confirmed cancel does not keep it from being carried out
	Agent     int           // of Bounced: 1 is the first after the bank
	Amount    amount.Amount // of Returned: what comes back; zero for everything
	Moments   bool          // statements and notifications say when, and not only on which day
	takes     argument
	aim       Operation // the operation it concerns when it is not the main one; Any for every message of a channel
}

// DelayMax is the longest delay a scenario may name.
const DelayMax = 30 * 24 * time.Hour

// Parse reads a scenario as a message names it in its simulate field. The empty text is good behaviour.
func (v Vocabulary) Parse(text string) (Scenario, error) {
	if text == "" {
		return Scenario{}, nil
	}
	s, err := v.parse(text)
	if err != nil {
		return Scenario{}, err
	}
	if s.wide() {
		return Scenario{}, fmt.Errorf("%q concerns a whole channel: set it through the control API", s.Name)
	}
	return s, nil
}

func (v Vocabulary) parse(text string) (Scenario, error) {
	name, rest, _ := strings.Cut(text, ":")
	s, ok := v.byName[name]
	if !ok {
		return Scenario{}, fmt.Errorf("unknown scenario %q: use one of %s", name, strings.Join(v.Names(), ", "))
	}
	s.Name = name
	if !s.read(rest) {
		return Scenario{}, fmt.Errorf("%q %s", name, strings.ReplaceAll(s.takes.String(), "NAME", name))
	}
	s.takes = nothing // said and done: scenarios are compared
	return s, nil
}

func (s Scenario) wide() bool { return s.aim == Any }

// On returns the scenario as channel sees it: good behaviour when another channel is meant.
func (s Scenario) On(channel string) Scenario {
	if s.Channel != "" && s.Channel != channel {
		return Scenario{}
	}
	return s
}
