package scenario

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
)

// AgentMax is the last correspondent that a scenario may name.
const AgentMax = 3

// argument is what follows the name of a scenario.
type argument int

const (
	nothing argument = iota
	channel
	duration
	code
	agentAndCode
	comeback
)

// codeGrammar is the shape of every external code of ISO 20022.
var codeGrammar = regexp.MustCompile(`^[A-Z0-9]{4}$`)

// String completes the sentence "it …"; NAME stands for the scenario.
func (a argument) String() string {
	return [...]string{
		nothing:      "takes no argument",
		channel:      "needs a channel, as in NAME:card.acme-eu",
		duration:     "needs a duration up to " + DelayMax.String() + ", as in NAME:5s",
		code:         "needs a reason code, as in NAME:AC04",
		agentAndCode: "needs an agent from 1 to 3 and a reason code, as in NAME:2:AC04",
		comeback:     "needs a duration up to " + DelayMax.String() + " and perhaps an amount, and then perhaps a reason code, as in NAME:5s:980.00:AC04",
	}[a]
}

// read fills in what the argument says, or reports that it says something else.
func (s *Scenario) read(text string) bool {
	first, second, _ := strings.Cut(text, ":")
	switch s.takes {
	case channel:
		s.Channel = text
		return text != ""
	case duration:
		return s.readDelay(text)
	case code:
		s.Code = text
		return codeGrammar.MatchString(text)
	case agentAndCode:
		agent, err := strconv.Atoi(first)
		s.Agent, s.Code = agent, second
		return err == nil && agent >= 1 && agent <= AgentMax && codeGrammar.MatchString(second)
	case comeback:
		return s.readComeback(first, second)
	}
	return text == ""
}

// readComeback reads when a transfer comes back, and what of it and why where that is said.
func (s *Scenario) readComeback(delay, rest string) bool {
	if rest == "" {
		return s.readDelay(delay)
	}
	text, reason, explained := strings.Cut(rest, ":")
	value, err := amount.Parse(text)
	s.Amount, s.Code = value, reason
	return err == nil && !value.IsZero() && s.readDelay(delay) && (!explained || codeGrammar.MatchString(reason))
}

func (s *Scenario) readDelay(text string) bool {
	delay, err := time.ParseDuration(text)
	s.Delay = delay
	return err == nil && delay > 0 && delay <= DelayMax
}
