// Package railtest is the suite that every rail passes.
//
// It puts a hostile line between an adapter and a test double of its provider, lets both the line and the provider
// misbehave in every way that networks and providers do, and holds what the adapter says against what may be believed.
// Each answer is then told to a payment: whatever happened, another attempt may be made only where there is evidence that
// this one can no longer move money.
package railtest

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// Subject is the rail under test with the other side of its wire.
type Subject struct {
	// Open returns a new adapter for a provider at url, which declares everything that the provider can do.
	Open func(url string) (rails.Rail, error)
	// Peer returns a new provider with empty books.
	Peer func() Peer
	// Order is one that an honest provider carries out at once.
	Order payment.Order
	// Method is how it is paid.
	Method payment.Method
	// Amount is what the payer is charged. Half of it must be payable, too.
	Amount money.Amount
	// Lacks are the manners that the provider's protocol has no words for.
	Lacks []Manner
	// Secrets must not appear in any error.
	Secrets []string
}

// Peer is a test double of a provider. It speaks the provider's real protocol and must be safe for concurrent use.
type Peer interface {
	http.Handler
	// Behave says in which manner all further requests are treated.
	Behave(m Manner)
	// Moved returns how often money was taken, held or given back under the reference of an attempt, capture or refund.
	Moved(reference string) int
}

// Caller is a Peer that tells of charges by itself. A rail that is a rails.Listener needs one.
type Caller interface {
	// Callback returns an authentic message about the attempt, signed at the given time.
	Callback(reference string, at time.Time) (http.Header, []byte)
}

// Manner is how a provider treats requests.
type Manner string

// The manners. The liars carry a request out, and answer something else.
const (
	Honest         Manner = "honest"
	Declining      Manner = "declining"              // refuses for good, as an issuer does
	SoftDeclining  Manner = "declining softly"       // refuses, for a reason that another channel may not have
	TurningAway    Manner = "turning away"           // refuses with a code documented as "before execution"
	Deferring      Manner = "deferring"              // will decide later
	Challenging    Manner = "challenging"            // wants the payer to prove who they are
	OtherAmount    Manner = "another amount"         // a liar
	OtherCurrency  Manner = "another currency"       // a liar
	OtherReference Manner = "another reference"      // a liar
	Duplicate      Manner = "speaks of a duplicate"  // a liar: the request was the first of its reference
	Nonsense       Manner = "a state without a name" // a liar
)

var liars = []Manner{OtherAmount, OtherCurrency, OtherReference, Duplicate, Nonsense}

// Run runs the suite as subtests.
func Run(t *testing.T, s Subject) {
	t.Helper()
	for _, scene := range scenes(t, s) {
		t.Run(scene.name, func(t *testing.T) {
			for _, failure := range scene.failures(s) {
				t.Error(failure)
			}
		})
	}
}

// Play plays the scene of that name and returns what it found. It fails the test when there is no such scene.
func Play(t testing.TB, s Subject, name string) []string {
	t.Helper()
	all := scenes(t, s)
	i := slices.IndexFunc(all, func(candidate scene) bool { return candidate.name == name })
	if i < 0 {
		t.Fatalf("there is no scene %q", name)
	}
	return all[i].failures(s)
}

// scene is one situation, played on a new adapter, line and provider.
type scene struct {
	name string
	play func(t *trial)
}

func (s scene) failures(subject Subject) []string {
	t, err := newTrial(subject)
	if err != nil {
		return []string{err.Error()}
	}
	defer t.line.close()
	s.play(t)
	return t.failures
}

// scenes lists what concerns the powers of the rail.
func scenes(t testing.TB, s Subject) []scene {
	t.Helper()
	rail, err := s.Open("http://127.0.0.1:1")
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	all := chargeScenes(s)
	if _, ok := rail.(rails.Canceler); ok && rail.Capabilities().Fence {
		all = append(all, cancelScenes(s)...)
	}
	if _, ok := rail.(rails.Capturer); ok {
		all = append(all, operationScenes(s, payment.Capture)...)
	}
	if _, ok := rail.(rails.Refunder); ok {
		all = append(all, operationScenes(s, payment.Refund)...)
	}
	if _, ok := rail.(rails.Prober); ok {
		all = append(all, probeScenes()...)
	}
	if _, ok := rail.(rails.Statementer); ok {
		all = append(all, statementScenes()...)
	}
	if _, ok := rail.(rails.Listener); ok {
		all = append(all, callbackScenes()...)
	}
	return all
}
