package banktest

import (
	"context"
	"fmt"
	"sync"

	"github.com/causeway-pay/causeway/payment"
)

// Journal remembers what a watcher tells. Told twice, a receipt stands twice in Told and once in Receipts.
type Journal struct {
	mu       sync.Mutex
	Told     []string
	Receipts map[string]payment.Receipt // by reference
	PayTo    map[string]string          // by reference
	Place    string
	Refuse   func(call string) error // nil: nothing is refused
}

func (j *Journal) do(call string, change func()) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.Refuse != nil {
		if err := j.Refuse(call); err != nil {
			return err
		}
	}
	j.Told = append(j.Told, call)
	change()
	return nil
}

// Arrived takes a receipt in.
func (j *Journal) Arrived(_ context.Context, payTo string, r payment.Receipt) error {
	return j.do(fmt.Sprintf("arrived %s %s %s for %s", r.Reference, r.Amount, r.State, payTo), func() {
		if j.Receipts == nil {
			j.Receipts, j.PayTo = map[string]payment.Receipt{}, map[string]string{}
		}
		j.Receipts[r.Reference], j.PayTo[r.Reference] = r, payTo
	})
}

// Moved takes in that an attempt moved.
func (j *Journal) Moved(_ context.Context, attempt string) error {
	return j.do("moved "+attempt, func() {})
}

// Cursor returns what Advance was given.
func (j *Journal) Cursor(context.Context) (string, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.Place, nil
}

// Advance remembers the place.
func (j *Journal) Advance(_ context.Context, place string) error {
	return j.do("advance "+place, func() { j.Place = place })
}

// Calls returns what was told so far.
func (j *Journal) Calls() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]string(nil), j.Told...)
}
