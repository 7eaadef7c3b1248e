package scenario

import (
	"maps"
	"slices"
)

// Vocabulary is the set of scenarios that one kind of peer knows.
type Vocabulary struct {
	main   Operation   // what a scenario concerns unless it says otherwise
	aims   []Operation // what a fault may be aimed at by a prefix
	byName map[string]Scenario
}

// The vocabularies. What every peer can do wrong is in both.
var (
	Acquirer = Vocabulary{main: Charge, aims: []Operation{Charge, Capture, Refund, Cancel, Inquiry}, byName: withCharges(common)}
	Bank     = Vocabulary{main: Transfer, aims: []Operation{Transfer, Cancel, Inquiry, Statement}, byName: withTransfers(common)}
)

var common = map[string]Scenario{
	"timeout_then_success":  {Answer: Silence},
	"timeout_then_decline":  {Effect: Decline, Answer: Silence},
	"charged_but_500":       {Answer: ServerError},
	"empty_200":             {Answer: Empty},
	"wrong_amount_echo":     {Answer: WrongAmount},
	"not_sent":              {Effect: Nothing, Answer: Closed},
	"never_visible":         {Effect: Nothing, Answer: Silence},
	"late_success":          {Effect: Later, Answer: Silence, takes: duration},
	"dup_callback":          {Callbacks: Twice},
	"out_of_order_callback": {Callbacks: Backwards},
	"fails_on":              {Effect: Nothing, Answer: Closed, takes: channel},
	"hold":                  {Answer: Held},
	"hang":                  {Effect: Nothing, Answer: Silence, aim: Any},
	"error_500":             {Effect: Nothing, Answer: ServerError, aim: Any},
	"slow":                  {Answer: Slowly, takes: duration, aim: Any},
	"refuse":                {Effect: Nothing, Answer: Refused, aim: Any},
}

func withCharges(base map[string]Scenario) map[string]Scenario {
	all := maps.Clone(base)
	all["fence_broken"] = Scenario{Effect: Later, Answer: ServerError, Stubborn: true, takes: duration}
	return all
}

func withTransfers(base map[string]Scenario) map[string]Scenario {
	all := maps.Clone(base)
	maps.Copy(all, map[string]Scenario{
		"accepted_slowly":    {Course: Delayed, takes: duration},
		"reject":             {Effect: Decline, takes: code},
		"reject_at":          {Course: Bounced, takes: agentAndCode},
		"held":               {Course: Stopped},
		"cover":              {Course: Uncovered},
		"reject_unbooked":    {Course: Unbooked, takes: code},
		"returned":           {Course: Returned, takes: comeback},
		"recall_accepted":    {Course: Recalled, aim: Cancel},
		"recall_refused":     {Course: Kept, aim: Cancel},
		"datetime_statement": {Moments: true, aim: Statement},
	})
	return all
}

// Names lists every scenario of v in alphabetical order.
func (v Vocabulary) Names() []string { return slices.Sorted(maps.Keys(v.byName)) }
