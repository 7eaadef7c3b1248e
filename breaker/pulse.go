package breaker

import (
	"strings"
	"time"
)

// How many regular probes in a row make a channel unwell, and well again: one
// answer that is lost says nothing, and one that gets through is no recovery.
const (
	badMax  = 3
	goodMin = 2
)

// causeMax is how much of a probe's error is kept for operators, in bytes.
const causeMax = 300

// pulse is what the regular probes of a channel made of it: whether what payers
// send there by themselves is seen. It stands beside the gate, which judges the
// calls: probes neither stop these nor hide that they fail.
type pulse struct {
	bad, good int // in a row
	ill       bool
	since     time.Time // when ill became what it is
	cause     string
}

// take takes in one probe, and reports whether the channel became unwell or
// well again.
func (p *pulse) take(err error, now time.Time) (turned bool) {
	if err == nil {
		p.good, p.bad = p.good+1, 0
	} else {
		p.good, p.bad = 0, p.bad+1
		p.cause = said("the last probes failed", err)
	}
	switch {
	case !p.ill && p.bad >= badMax, p.ill && p.good >= goodMin:
		p.ill, p.since = !p.ill, now
		return true
	default:
		return false
	}
}

// said is a sentence for operators, with as much of the error as is kept.
func said(what string, err error) string {
	text := err.Error()
	return what + ": " + strings.ToValidUTF8(text[:min(len(text), causeMax)], "")
}
