// Package keytest holds idempotency keys to their promise: whatever clients ask of whatever gateways, and whatever is cut or
// killed on the way, each key looks as if its requests had been answered one after the other.
//
// A [History] is what clients asked and heard. [History.Check] searches it for such an order (linearizability, by
// Porcupine), for each merchant, path and key by itself:
//
//   - the first body that takes the key wins, and makes one object
//   - the same body is answered with that object, always in the same words
//   - another body is refused
//   - while nobody was answered yet, the same body may be told that it is under way
//   - a request whose answer was not heard may have been carried out, at any later time, or not
package keytest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// The limits of what is searched: more requests of one key, or more time, and an answer may not be found.
const (
	RequestsMax = 50
	searchMax   = 30 * time.Second
)

// What a history is found guilty of.
var (
	ErrTwoAnswers = errors.New("no order of the requests explains their answers") // returned when a key broke its promise
	ErrUndecided  = errors.New("history is too long to be judged")                // returned when it cannot be said, which is no success
	ErrSurprise   = errors.New("answer is none that a key may give")              // returned when something else was heard
)

// Request is one POST under a key.
type Request struct{ Merchant, Path, Key, Body string }

// register names what a history is divided by.
func (r Request) register() string { return r.Merchant + " " + r.Path + " " + r.Key }

// Outcome is what a client heard.
type Outcome int

// What a client can hear.
const (
	Lost    Outcome = iota // nothing, or nothing that says what became of it
	Made                   // an object
	Busy                   // the same request is under way
	Another                // the key is for another body
)

// Answer is an outcome, with the object and the words of one that was made.
type Answer struct {
	Outcome      Outcome
	Object, Said string
}

// History is what was asked and heard, in the order of one clock. It is safe for concurrent use.
type History struct {
	mu         sync.Mutex
	ticks      int64
	operations []porcupine.Operation
	heard      map[Outcome]int
	surprises  []error
}

// tick is a moment that no other is at.
func (h *History) tick() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ticks++
	return h.ticks
}

// Record adds a request that is made by calling ask. An error of ask is an answer that no key may give.
func (h *History) Record(client int, r Request, ask func() (Answer, error)) {
	asked := h.tick()
	a, err := ask()
	answered := h.tick()
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		h.surprises = append(h.surprises, fmt.Errorf("%s %q: %w", r.register(), r.Body, err))
	}
	if h.heard == nil {
		h.heard = map[Outcome]int{}
	}
	h.heard[a.Outcome]++
	if a.Outcome == Lost {
		answered = math.MaxInt64 // it may still be carried out, after everything else too
	}
	h.operations = append(h.operations, porcupine.Operation{ClientId: client, Input: asks{Request: r}, Call: asked, Output: a, Return: answered})
	if a.Outcome == Made {
		// From here on nobody is told any more that the request is under way.
		h.ticks += 2
		h.operations = append(h.operations, porcupine.Operation{ClientId: client, Input: asks{r, true}, Call: h.ticks - 1, Output: a, Return: h.ticks})
	}
}

// Heard returns how often an outcome was heard.
func (h *History) Heard(o Outcome) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.heard[o]
}

// asks is a step of a key: a request, or the moment from which its answer is known.
type asks struct {
	Request

	known bool
}

// key is what a key has become. The zero key is free.
type key struct {
	taken        bool
	body         string
	object, said string // empty until somebody has heard them
	known        bool
}

// step is the specification: whether a key may answer so, and what it is then.
func step(k key, in asks, out Answer) (bool, key) {
	same := k.taken && k.body == in.Body
	switch {
	case in.known:
		k.known = true
		return true, k
	case out.Outcome == Lost && k.taken:
		return true, k
	case out.Outcome == Lost:
		return true, key{taken: true, body: in.Body}
	case out.Outcome == Another:
		return k.taken && !same, k
	case out.Outcome == Busy:
		return same && !k.known, k
	case k.taken && !same:
		return false, k
	case k.object != "" && (k.object != out.Object || k.said != out.Said):
		return false, k
	}
	return true, key{taken: true, body: in.Body, object: out.Object, said: out.Said, known: k.known}
}

var model = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		at, parts := map[string]int{}, [][]porcupine.Operation{}
		for _, o := range history {
			name := o.Input.(asks).register()
			if _, known := at[name]; !known {
				at[name], parts = len(parts), append(parts, nil)
			}
			parts[at[name]] = append(parts[at[name]], o)
		}
		return parts
	},
	Init: func() any { return key{} },
	Step: func(state, input, output any) (bool, any) {
		ok, next := step(state.(key), input.(asks), output.(Answer))
		return ok, next
	},
}

// Check returns nil when every key kept its promise, and otherwise what every one that did not was asked and said.
func (h *History) Check() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	faults := slices.Clone(h.surprises)
	owners := map[string]string{}
	for _, part := range model.Partition(h.operations) {
		name := part[0].Input.(asks).register()
		requests := 0
		for _, o := range part {
			if !o.Input.(asks).known {
				requests++
			}
			object := o.Output.(Answer).Object
			if owner, known := owners[object]; known && object != "" && owner != name {
				faults = append(faults, fmt.Errorf("%w: %s is the object of %s and of %s", ErrTwoAnswers, object, owner, name))
			}
			owners[object] = name
		}
		if requests > RequestsMax {
			faults = append(faults, fmt.Errorf("%w: %d requests of %s", ErrUndecided, requests, name))
			continue
		}
		switch porcupine.CheckOperationsTimeout(model, part, searchMax) {
		case porcupine.Illegal:
			faults = append(faults, fmt.Errorf("%w: %s%s", ErrTwoAnswers, name, told(part)))
		case porcupine.Unknown:
			faults = append(faults, fmt.Errorf("%w: %s", ErrUndecided, name))
		}
	}
	return errors.Join(faults...)
}

// told lists the requests of a key.
func told(part []porcupine.Operation) string {
	var lines strings.Builder
	for _, o := range part {
		in, out := o.Input.(asks), o.Output.(Answer)
		if !in.known {
			fmt.Fprintf(&lines, "\n  %d to %d: client %d asked %.80q and heard %d %s %.120q", o.Call, o.Return, o.ClientId, in.Body, out.Outcome, out.Object, out.Said)
		}
	}
	return lines.String()
}

// Read turns what HTTP brought into an answer. It returns ErrSurprise for what no key may say.
func Read(reply *http.Response, err error) (Answer, error) {
	if err != nil {
		return Answer{}, nil // cut off
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		return Answer{}, nil // cut off in the middle
	}
	var object struct{ ID, Code string }
	bad := json.Unmarshal(text, &object)
	switch {
	case reply.StatusCode/100 == 2 && bad == nil && object.ID != "":
		return Answer{Made, object.ID, fmt.Sprintf("%d %s", reply.StatusCode, text)}, nil
	case object.Code == "request_in_flight":
		return Answer{Outcome: Busy}, nil
	case object.Code == "idempotency_key_reused":
		return Answer{Outcome: Another}, nil
	case reply.StatusCode == http.StatusServiceUnavailable, reply.StatusCode == http.StatusTooManyRequests:
		return Answer{}, nil
	}
	return Answer{}, fmt.Errorf("%w: %d %s", ErrSurprise, reply.StatusCode, text)
}
