package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

// Batch is one run: how many payments, and the seed that decides everything else.
type Batch struct {
	Seed     uint64
	Payments int
}

// Batches cuts payments into runs of at most size. The first has the given seed, so that a batch given by itself is the same
// run again; the seeds of the others follow from it.
func Batches(seed uint64, payments, size int) []Batch {
	var all []Batch
	for left := payments; left > 0; left -= size {
		all = append(all, Batch{seed, min(left, size)})
		seed = max(1, rand.New(rand.NewPCG(seed, 0)).Uint64()) // 0 asks for a fresh one
	}
	return all
}

// Report is what happened in a run, or in several.
type Report struct {
	Payments   int
	Span       time.Duration // of simulated time; of several runs the sum
	Faults     map[Fault]int
	Statuses   map[payment.Status]int
	Violations []Violation
	Reviews    map[string]int // what people have to decide, by why
	Played     uint64         // of one run: equal where two were the same, step for step
	Alike      []string       // of one run: turns for which two came at one moment, so that the seed does not say who was first
}

// Add adds another run.
func (r *Report) Add(other Report) {
	if r.Faults == nil {
		r.Faults, r.Statuses, r.Reviews = map[Fault]int{}, map[payment.Status]int{}, map[string]int{}
	}
	r.Payments += other.Payments
	r.Span += other.Span
	for f, n := range other.Faults {
		r.Faults[f] += n
	}
	for s, n := range other.Statuses {
		r.Statuses[s] += n
	}
	for why, n := range other.Reviews {
		r.Reviews[why] += n
	}
	r.Violations = append(r.Violations, other.Violations...)
}

// Total counts the faults of every kind.
func (r Report) Total() int {
	n := 0
	for _, of := range r.Faults {
		n += of
	}
	return n
}

// Years is the simulated time in years.
func (r Report) Years() string { return fmt.Sprintf("%.1f", r.Span.Hours()/24/365.25) }
