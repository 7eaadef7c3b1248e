package payment

import (
	"crypto/rand"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
)

// ID names a payment: "pay_" and a 26-character ULID.
type ID string

// NewIDs returns a source of ids "<prefix>_<ULID>" that sort by time, also within one millisecond. It is safe for
// concurrent use.
func NewIDs(now func() time.Time) func(prefix string) string {
	var mu sync.Mutex
	entropy := ulid.Monotonic(rand.Reader, 0)
	return func(prefix string) string {
		mu.Lock()
		defer mu.Unlock()
		return prefix + "_" + ulid.MustNew(ulid.Timestamp(now()), entropy).String()
	}
}
