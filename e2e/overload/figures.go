package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"
)

// figure is one thing that was measured, with its goal.
type figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Goal  string  `json:"goal"`
	Met   bool    `json:"met"`
	Note  string  `json:"note,omitempty"`
}

const (
	goodputGoal    = 0.8                   // of capacity
	turnedAwayGoal = 50 * time.Millisecond // p99 of those turned away
	memoryGoal     = 1.2                   // of the second half of a flood against its first
	normalGoal     = 5 * time.Second
	politeGoal     = 0.99 // of the polite merchant's requests that are served
	settledGoal    = 0.99 // of captures and refunds beside a flood
)

func (m *measurement) add(name string, value float64, unit, goal string, met bool, note string) {
	m.figures = append(m.figures, figure{name, value, unit, goal, met, note})
}

func (m *measurement) judgeFlood(sent Sent, memory []float64) {
	all := sent.Streams["flood"]
	in, away := accepted(all), turnedAway(all)
	others := len(all) - len(in) - len(away)
	m.add("accepted p99 at five times capacity, against unloaded", ratio(p99(in), m.unloaded), "times", "<= 2", p99(in) <= time.Duration(latencyFactor*float64(m.unloaded)),
		fmt.Sprintf("%.1f ms against %.1f ms", millis(p99(in)), millis(m.unloaded)))
	goodput := float64(len(in)) / m.lasts.flood.Seconds()
	m.add("goodput against capacity", goodput/m.capacity, "of capacity", ">= 0.8", goodput >= goodputGoal*m.capacity,
		fmt.Sprintf("%.0f/s of %.0f/s, asked for %.0f/s", goodput, m.capacity, float64(len(all))/m.lasts.flood.Seconds()))
	m.add("turned away, p99", millis(p99(away)), "ms", "< 50", len(away) > 0 && p99(away) < turnedAwayGoal,
		fmt.Sprintf("%d, half of them within %.1f ms", len(away), millis(quantile(away, 0.5))))
	m.add("turned away without Retry-After", float64(count(away, func(s Sample) bool { return s.Wait == 0 })), "requests", "0",
		!slices.ContainsFunc(away, func(s Sample) bool { return s.Wait == 0 }), "")
	m.add("neither accepted nor turned away", float64(others), "requests", "0", others == 0, fmt.Sprint(statuses(all)))
	settled := append(slices.Clone(sent.Streams["captures"]), sent.Streams["refunds"]...)
	served := float64(len(accepted(settled))) / float64(len(settled))
	m.add("captures and refunds served beside the flood", served, "of all", ">= 0.99", served >= settledGoal,
		fmt.Sprintf("%d, p99 %.1f ms %v", len(settled), millis(p99(accepted(settled))), statuses(settled)))
	half := len(memory) / 2
	growth := slices.Max(memory[half:]) / slices.Max(memory[:max(1, half)])
	m.add("memory in the second half of the flood against the first", growth, "times", "<= 1.2", growth <= memoryGoal,
		fmt.Sprintf("%.0f MB at most", slices.Max(memory)/1e6))
	var late []int64
	for _, s := range all {
		late = append(late, s.Late)
	}
	slices.Sort(late)
	m.facts["generator_cpu_share"] = sent.CPU.Seconds() / sent.Lasted.Seconds()
	m.facts["generator_late_p99_ms"] = float64(late[len(late)*99/100]) / 1000
	m.facts["accepted_p50_ms"] = millis(quantile(in, 0.5))
}

// judgeAfter finds the first moment after a flood from which on everything is as it was before.
func (m *measurement) judgeAfter(sent Sent) {
	normal := time.Duration(0)
	samples := sent.Streams["after"]
	for begin := time.Duration(0); begin < m.lasts.after; begin += normalWindow {
		window := slices.DeleteFunc(slices.Clone(samples), func(s Sample) bool {
			due := time.Duration(s.Due) * time.Microsecond
			return due < begin || due >= begin+normalWindow
		})
		// One window holds too few for a p99; nine in ten must be as quick as ninety-nine in a hundred were, and none turned away.
		if len(accepted(window)) < len(window) || quantile(window, 0.9) > time.Duration(latencyFactor*float64(m.unloaded)) {
			normal = begin + normalWindow
		}
	}
	m.add("time to normal after the flood", normal.Seconds(), "s", "<= 5", normal <= normalGoal,
		fmt.Sprintf("at half of capacity, p99 %.1f ms, %v", millis(p99(samples)), statuses(samples)))
}

func (m *measurement) judgeFairness(sent Sent) {
	polite, flooder := sent.Streams["polite"], sent.Streams["flooder"]
	served := float64(len(accepted(polite))) / float64(len(polite))
	m.add("a polite merchant served beside a flooder", served, "of all", ">= 0.99", served >= politeGoal,
		fmt.Sprintf("%v beside %v", statuses(polite), statuses(flooder)))
	m.add("p99 of the polite merchant, against unloaded", ratio(p99(accepted(polite)), m.unloaded), "times", "<= 2",
		p99(accepted(polite)) <= time.Duration(latencyFactor*float64(m.unloaded)), fmt.Sprintf("%.1f ms", millis(p99(accepted(polite)))))
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(max(b, 1)) }

func count(samples []Sample, is func(Sample) bool) int {
	n := 0
	for _, s := range samples {
		if is(s) {
			n++
		}
	}
	return n
}

func statuses(samples []Sample) map[int]int {
	found := map[int]int{}
	for _, s := range samples {
		found[s.Status]++
	}
	return found
}

func (m *measurement) missed() int {
	n := 0
	for _, f := range m.figures {
		if !f.Met {
			n++
		}
	}
	return n
}

// print writes the table.
func (m *measurement) print(out io.Writer) {
	fmt.Fprintf(out, "%d processors hold generator, gateway, sandbox and PostgreSQL together.\n\n", runtime.NumCPU())
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "workers\taccepted in a second\tp99")
	for _, s := range m.steps {
		fmt.Fprintf(w, "%d\t%.0f\t%.1f ms\n", s.Workers, s.Goodput, millis(s.P99))
	}
	fmt.Fprintf(w, "\nunloaded p99\t%.1f ms\t(p50 %.1f ms)\n", millis(m.unloaded), m.facts["unloaded_p50_ms"])
	fmt.Fprintf(w, "generator in the flood\t%.2f processors\tlate by %.1f ms (p99)\n\n", m.facts["generator_cpu_share"], m.facts["generator_late_p99_ms"])
	fmt.Fprintln(w, "figure\tvalue\tgoal\t\tnote")
	for _, f := range m.figures {
		mark := "met"
		if !f.Met {
			mark = "MISSED"
		}
		fmt.Fprintf(w, "%s\t%.2f %s\t%s\t%s\t%s\n", f.Name, f.Value, f.Unit, f.Goal, mark, f.Note)
	}
	_ = w.Flush() // to standard output
}

// write keeps the figures as JSON.
func (m *measurement) write(file string) error {
	if file == "" {
		return nil
	}
	text, err := json.MarshalIndent(map[string]any{
		"at": time.Now().UTC().Format(time.RFC3339), "processors": runtime.NumCPU(), "go": runtime.Version(), "capacity_per_second": m.capacity,
		"unloaded_p99_ms": millis(m.unloaded), "steps": m.steps, "facts": m.facts, "results": m.figures,
	}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}
