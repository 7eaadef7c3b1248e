package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/sim"
)

// kindsFrom is from how many payments on every kind of fault has to have happened.
const kindsFrom = 20_000

// missing lists the kinds of fault that never happened.
func missing(total sim.Report) []sim.Fault {
	return slices.DeleteFunc(sim.Faults(), func(f sim.Fault) bool { return total.Faults[f] > 0 })
}

// zeros are what must not happen, by the invariants that tell of it.
var zeros = []struct{ name, invariant string }{
	{"double charges", "I1"},
	{"succeeded but uncharged, or charged and not counted", "I2"},
	{"lost, or never at rest", "I5"},
	{"imbalance", "I4"},
	{"held by peers otherwise than the ledger says", sim.HeldByPeers},
	{"in review for no reason", sim.NeedlessReview},
}

// summarize tells what happened in all batches.
func summarize(out io.Writer, total sim.Report, peak int64, took time.Duration) {
	kinds := frame("Fault", "Times")
	for _, kind := range sim.Faults() {
		kinds.Row(string(kind), thousands(total.Faults[kind]))
	}
	fmt.Fprintln(out, kinds.Render())

	ends := frame("Ended as", "Payments")
	for _, status := range slices.SortedFunc(maps.Keys(total.Statuses), func(a, b payment.Status) int { return cmp.Compare(total.Statuses[b], total.Statuses[a]) }) {
		ends.Row(string(status), thousands(total.Statuses[status]))
	}
	fmt.Fprintln(out, ends.Render())

	sums := frame("In all", "")
	sums.Row("payments", thousands(total.Payments))
	sums.Row("simulated years", total.Years())
	sums.Row("faults", thousands(total.Total()))
	sums.Row("kinds of fault", fmt.Sprintf("%d of %d", len(sim.Faults())-len(missing(total)), len(sim.Faults())))
	others := len(total.Violations)
	for _, zero := range zeros {
		n := count(total.Violations, zero.invariant)
		others -= n
		sums.Row(zero.name, thousands(n))
	}
	sums.Row("other invariants broken", thousands(others))
	sums.Row("memory at most", fmt.Sprintf("%d MiB, all processes", peak>>20))
	sums.Row("took", took.Round(time.Second).String())
	fmt.Fprintln(out, sums.Render())
}

func count(violations []sim.Violation, invariant string) int {
	n := 0
	for _, v := range violations {
		if v.Invariant == invariant {
			n++
		}
	}
	return n
}

func frame(headers ...string) *table.Table {
	cell := lipgloss.NewStyle().Padding(0, 1)
	return table.New().Headers(headers...).Border(lipgloss.RoundedBorder()).StyleFunc(func(_, column int) lipgloss.Style {
		if column == 1 {
			return cell.Align(lipgloss.Right)
		}
		return cell
	})
}
