package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// findingsShown is how many of one kind are named.
const findingsShown = 20

// print writes what was done, what came of it, and what was found.
func (s *storm) print(out io.Writer, v *verdict) {
	t := s.tally
	t.mu.Lock()
	defer t.mu.Unlock()
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(table, "%s\t%s\n", name, fmt.Sprintf(format, args...))
	}
	row("\nSIGKILLs of gateways", "%d", t.kills)
	row("SIGSTOPs", "%d, %d of them longer than %s, the others than %s", t.stops, s.size.longStops, dueLease, watchLease)
	row("PostgreSQL killed", "%d", t.databaseKills)
	row("Redis", "%s", counted(t.redis))
	for _, to := range slices.Sorted(maps.Keys(t.lines)) {
		row("lines to "+to, "%s", counted(t.lines[to]))
	}
	row("peers' own faults", "%s", counted(t.habitsOf))
	row("storm, then calm", "%s, %s", t.raged.Round(time.Second), t.settled.Round(time.Second))
	row("requests", "%d; %d answers took more than one; %d keys sent again at the end", t.requests, t.resent, t.replays)
	row("refused", "%s", counted(t.refusals))
	row("movements counted", "%s, transfer on the chain %d", counted(v.evidence.movements), v.evidence.transfersOnChain())
	row("restart to ready", "%s", spread(t.restarts))
	row("  with the database away", "%s; %d starts failed", spread(t.disturbedRestarts), t.failedStarts)
	row("PostgreSQL down", "%s", spread(t.databaseDowns))
	row("resolved after a kill", "%s", spread(t.resolutions))
	s.printObjects(row, v.evidence)
	row("\nfound", "")
	for _, failure := range failures {
		row("  "+failure, "%d", len(v.findings[failure]))
	}
	_ = table.Flush() // to standard output; whoever closed it does not read it
	for _, failure := range failures {
		found := v.findings[failure]
		for _, f := range found[:min(len(found), findingsShown)] {
			fmt.Fprintf(out, "%s: %s\n", failure, f)
		}
	}
}

// printObjects writes the payments and payouts by rail and status.
func (s *storm) printObjects(row func(name, format string, args ...any), e *evidence) {
	rails := map[string]string{}
	for _, i := range s.notes.all() {
		rails[i.id] = i.rail
	}
	statuses := map[string]map[string]int{}
	count := func(what string, v view) {
		if statuses[what] == nil {
			statuses[what] = map[string]int{}
		}
		statuses[what][v.Status]++
	}
	for _, p := range e.payments {
		count("payments, "+rails[p.ID], p)
	}
	for _, p := range e.payouts {
		count("payouts, "+rails[p.ID], p)
	}
	for _, r := range e.refunds {
		count("refunds", r)
	}
	for _, captures := range e.captures {
		for _, c := range captures {
			count("captures", c)
		}
	}
	row("payments and payouts", "%d, %.1f in a second", len(e.payments)+len(e.payouts), float64(len(e.payments)+len(e.payouts))/s.tally.raged.Seconds())
	for _, what := range slices.Sorted(maps.Keys(statuses)) {
		row("  "+what, "%s", counted(statuses[what]))
	}
}

func (e *evidence) transfersOnChain() int {
	n := 0
	for _, t := range e.arrived {
		n += t.count
	}
	return n
}

// counted writes counts, by name.
func counted[K ~string](counts map[K]int) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		all = append(all, fmt.Sprintf("%s %d", name, counts[name]))
	}
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}

func spread(of []time.Duration) string {
	p50, p99, most := quantiles(of)
	round := func(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
	return fmt.Sprintf("p50 %s, p99 %s, most %s (of %d)", round(p50), round(p99), round(most), len(of))
}

// quantiles returns the median, the 99th percentile and the greatest.
func quantiles(of []time.Duration) (p50, p99, most time.Duration) {
	if len(of) == 0 {
		return 0, 0, 0
	}
	sorted := slices.Sorted(slices.Values(of))
	at := func(percent int) time.Duration { return sorted[min(len(sorted)-1, len(sorted)*percent/100)] }
	return at(50), at(99), sorted[len(sorted)-1]
}
