package tour

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"time"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"
)

// AuditReport is what `causeway audit --output json` prints.
type AuditReport struct {
	Invariants []struct {
		ID      string   `json:"id"`
		Text    string   `json:"text"`
		Checked int64    `json:"checked"`
		Faults  []string `json:"faults"`
	} `json:"invariants"`
	Totals []struct {
		Value    string `json:"value"`
		Currency string `json:"currency"`
	} `json:"totals"`
}

// Broken counts the invariants that do not hold.
func (r AuditReport) Broken() int {
	n := 0
	for _, i := range r.Invariants {
		if len(i.Faults) > 0 {
			n++
		}
	}
	return n
}

// Audit runs the audit on the gateway's database, as an operator would, once everything that was posted is sealed.
func (w *World) Audit(ctx context.Context) (AuditReport, error) {
	for range 100 {
		report, err := w.auditNow(ctx)
		if err != nil || report.checked("I12") >= report.checked("I4") || !pause(ctx, 200*time.Millisecond) {
			return report, err
		}
	}
	return w.auditNow(ctx)
}

// idle returns those of the invariants that were held against nothing.
func (r AuditReport) idle(ids ...string) []string {
	return slices.DeleteFunc(ids, func(id string) bool { return r.checked(id) > 0 })
}

// checked returns how many objects an invariant was checked on.
func (r AuditReport) checked(id string) int64 {
	for _, i := range r.Invariants {
		if i.ID == id {
			return i.Checked
		}
	}
	return 0
}

// pause waits, and reports whether it did so in full.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

func (w *World) auditNow(ctx context.Context) (AuditReport, error) {
	var report AuditReport
	out, err := w.cli(ctx, "audit", "--output", "json")
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return report, err
	}
	if parseErr := json.Unmarshal(out, &report); parseErr != nil {
		return report, errors.Join(err, parseErr)
	}
	return report, nil
}

const rateShown = 8 // characters of a rate: one that is worked backwards, from what arrives, has no end

func printScenes(out io.Writer, rows []Row) {
	t := frame("Scene", "Route", "Amount", "Rate", "Fee", "Charges", "Took", "Result")
	for _, row := range rows {
		mark, result := "✓ ", row.Result
		if row.Err != nil {
			mark, result = "✗ ", row.Err.Error()
		}
		t.Row(mark+row.Scene, row.Route, row.Amount, row.Rate[:min(len(row.Rate), rateShown)], row.Fee, row.Charge, row.Took.Round(time.Millisecond).String(), result)
	}
	fmt.Fprintln(out, "\n"+t.Render())
}

func printAudit(out io.Writer, report AuditReport) {
	t := frame("Invariant", "Says", "Checked", "Held")
	for _, i := range report.Invariants {
		held := "✓"
		if len(i.Faults) > 0 {
			held = fmt.Sprintf("✗ %d: %s", len(i.Faults), i.Faults[0])
		}
		t.Row(i.ID, i.Text, strconv.FormatInt(i.Checked, 10), held)
	}
	fmt.Fprintln(out, "\n"+t.Render())
	sums := frame("Asset", "Sum of the whole ledger")
	for _, total := range report.Totals {
		sums.Row(total.Currency, total.Value)
	}
	fmt.Fprintln(out, "\n"+sums.Render())
}

const width = 160

func frame(headers ...string) *table.Table {
	cell := lipgloss.NewStyle().Padding(0, 1)
	return table.New().Headers(headers...).Border(lipgloss.RoundedBorder()).Width(width).Wrap(true).
		StyleFunc(func(int, int) lipgloss.Style { return cell })
}

// printDoors says where everything listens, with a command to paste.
func printDoors(out io.Writer, w *World) {
	fmt.Fprintf(out, `
The world keeps running; Ctrl-C stops it.

  Gateway     %[1]s          OpenAPI at %[1]s/openapi.yaml
  Metrics     %[2]s/metrics
  Sandbox     %[3]s/control/summary
  Key         %[4]s
  Operator    %[5]s
  Payouts     %[6]s  (merchant instant)

Pay:

  curl -s %[1]s/v1/payments -H 'Authorization: Bearer %[4]s' \
    -H "Idempotency-Key: $RANDOM" -H 'Content-Type: application/json' \
    -d '{"amount":{"value":"49.90","currency":"EUR"},"method":{"type":"card","card":{"token":"tok_visa"}},"settlement_currency":"USD"}'

`, w.Gateway, w.Admin, w.Control, w.Key, w.Operator, w.Payer)
}
