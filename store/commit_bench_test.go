package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/causeway-pay/causeway/store"
	"github.com/causeway-pay/causeway/store/storetest"
)

// BenchmarkCommit commits payments from their first step to their last, so many at once.
func BenchmarkCommit(b *testing.B) {
	for name, empty := range databases {
		for _, atOnce := range []int{1, 8, 32} {
			b.Run(fmt.Sprintf("%s/%d", name, atOnce), func(b *testing.B) {
				commitTogether(b, open(b, empty(b).dsn), atOnce, func() {})
			})
		}
	}
}

// commitTogether commits payments, so many at once, and tells after each step. It measures nothing else.
func commitTogether(b *testing.B, db *store.DB, atOnce int, after func()) {
	var next atomic.Int64
	var committing sync.WaitGroup
	b.ResetTimer()
	for range atOnce {
		committing.Go(func() {
			for n := int(next.Add(1)); n <= b.N; n = int(next.Add(1)) {
				steps, err := storetest.Sound(n)
				if err != nil {
					b.Error(err)
					return
				}
				for _, t := range steps {
					if err := db.Commit(b.Context(), t); err != nil {
						b.Error(err)
						return
					}
					after()
				}
			}
		})
	}
	committing.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "payments/s")
}
