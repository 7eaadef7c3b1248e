package store_test

import (
	"context"
	"database/sql"
	"log/slog"
	"sync"
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
			empty := emptySchema(b)
			db, server := open(b, empty.dsn), empty.behind(b)
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
			var delivering sync.WaitGroup
			delivering.Go(func() { d.Run(ctx) })

			began := written(b, server)
			commitTogether(b, db, 32, d.Wake)
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
