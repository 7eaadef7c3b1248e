package store_test

import (
	"context"
	"database/sql"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/store/storetest"
	"github.com/causeway-pay/causeway/webhook"
)

// BenchmarkOutbox commits payments on PostgreSQL, 32 at once, while their events are fanned out: to nobody, and to one endpoint
// that takes no connection.
func BenchmarkOutbox(b *testing.B) {
	for name, endpoints := range map[string]int{"nobody": 0, "endpoint": 1} {
		b.Run(name, func(b *testing.B) {
			address := storetest.Postgres(b)
			db := open(b, address)
			server := raw(b, "pgx", address)
			if endpoints > 0 {
				if err := db.AddEndpoint(b.Context(), webhook.Endpoint{
					ID: "we_1", Merchant: "m_1", Mode: "test", URL: "http://127.0.0.1:1", CreatedAt: storetest.Start, UpdatedAt: storetest.Start,
				}); err != nil {
					b.Fatal(err)
				}
			}
			later := storetest.Start.Add(time.Hour)
			d := webhook.NewDeliverer(db, true, func() time.Time { return later }, slog.New(slog.DiscardHandler))
			ctx, cancel := context.WithCancel(b.Context())
			var delivering, committing sync.WaitGroup
			delivering.Go(func() { d.Run(ctx) })

			var next atomic.Int64
			began := written(b, server)
			b.ResetTimer()
			for range 32 {
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
							d.Wake()
						}
					}
				})
			}
			committing.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "payments/s")
			b.ReportMetric((written(b, server)-began)/float64(b.N), "WAL-B/payment")
			cancel()
			delivering.Wait()
		})
	}
}

// written is how many bytes the server has written to its log.
func written(b *testing.B, server *sql.DB) float64 {
	b.Helper()
	var bytes float64
	if err := server.QueryRowContext(b.Context(), `SELECT pg_current_wal_lsn() - '0/0'`).Scan(&bytes); err != nil {
		b.Fatal(err)
	}
	return bytes
}
