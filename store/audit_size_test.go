package store_test

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/audit"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/store"
	"github.com/causeway-pay/causeway/store/storetest"
)

var auditPayments = flag.Int("payments", 10_000, "payments that BenchmarkAudit audits")

// filled is a database of so many sound payments, all of them sealed.
func filled(t testing.TB, payments int) *store.DB {
	t.Helper()
	ctx := t.Context()
	db, err := store.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "books.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.SaveRuleSet(ctx, 1, string(fx.DefaultRulesText()), storetest.Start); err != nil {
		t.Fatal(err)
	}
	const batch = 2000
	for n := 0; n < payments; n += batch {
		if err := store.Fill(db, n, min(n+batch, payments), storetest.Sound); err != nil {
			t.Fatal(err)
		}
	}
	for {
		sealed, err := db.Seal(ctx, time.Time{}, storetest.Start, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if sealed == 0 {
			return db
		}
	}
}

// audited audits, and returns the most memory that was in use between two pages, in bytes.
func audited(t testing.TB, db *store.DB, payments int) (most uint64) {
	t.Helper()
	report, err := audit.Run(t.Context(), db, storetest.Start, func(audit.Progress) {
		var now runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&now)
		most = max(most, now.HeapAlloc)
	})
	if err != nil || !report.Held() || report.Invariants[0].Checked != int64(payments) {
		t.Fatalf("%d checked, held %t, %v", report.Invariants[0].Checked, report.Held(), err)
	}
	return most
}

// TestTheMemoryOfAnAuditDoesNotGrow audits books of two sizes. What it keeps between two pages is the same.
func TestTheMemoryOfAnAuditDoesNotGrow(t *testing.T) {
	const few, many, slack = 2 * audit.PageMax, 12 * audit.PageMax, 512 << 10
	small := audited(t, filled(t, few), few)
	large := audited(t, filled(t, many), many)
	if large > small+slack {
		t.Errorf("%d KB for %d payments, and %d KB for %d", small>>10, few, large>>10, many)
	}
}

// BenchmarkAudit shows how much memory the process takes at most while it audits, with what SQLite has outside of Go's heap.
func BenchmarkAudit(b *testing.B) {
	db := filled(b, *auditPayments)
	runtime.GC()
	for b.Loop() {
		if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // begins the peak anew
			b.Fatal(err)
		}
		report, err := audit.Run(b.Context(), db, storetest.Start, nil)
		if err != nil || !report.Held() {
			b.Fatalf("held %t, %v", report.Held(), err)
		}
		b.ReportMetric(peak(b), "MB-peak")
		b.ReportMetric(math.Round(float64(*auditPayments)/b.Elapsed().Seconds()), "payments/s")
	}
}

// peak is the most memory that the process had since it was asked to begin anew, in megabytes.
func peak(b *testing.B) float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		if size, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kilobytes, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(size), " kB"))
			if err != nil {
				b.Fatal(err)
			}
			return math.Round(float64(kilobytes)/102.4) / 10
		}
	}
	b.Fatal(fmt.Errorf("no peak in %q", text))
	return 0
}
