package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	order  = `{"amount":{"value":"99.99","currency":"EUR"},"method":{"type":"card","card":{"token":"tok_visa"}}}`
	manual = `{"amount":{"value":"99.99","currency":"EUR"},"capture":"manual","method":{"type":"card","card":{"token":"tok_visa"}}}`

	times         = 5    // of capacity that are asked for in an overload
	idleShare     = 0.1  // of capacity that counts as unloaded
	normalShare   = 0.5  // of capacity that is asked for after an overload
	politeShare   = 0.05 // of capacity that the polite merchant asks for beside a flood
	settlePer     = 4    // captures and refunds in a second beside a flood
	normalWindow  = 500 * time.Millisecond
	latencyFactor = 2.0 // goal: accepted p99 against unloaded p99
)

// lasts is how long each part takes.
type lasts struct{ warm, step, idle, flood, after, fair time.Duration }

var (
	long  = lasts{warm: 10 * time.Second, step: 5 * time.Second, idle: 20 * time.Second, flood: 30 * time.Second, after: 15 * time.Second, fair: 20 * time.Second}
	short = lasts{warm: 2 * time.Second, step: 2 * time.Second, idle: 5 * time.Second, flood: 6 * time.Second, after: 6 * time.Second, fair: 5 * time.Second}
)

// measurement is one run through all parts.
type measurement struct {
	stage *stage
	lasts lasts

	steps    []step  // of the search for capacity
	capacity float64 // accepted in a second
	unloaded time.Duration
	figures  []figure
	facts    map[string]any
}

type step struct {
	Workers  int
	Goodput  float64
	P99      time.Duration
	Accepted int
}

func (m *measurement) payments(name string, rate float64, lasts time.Duration, keys ...string) Stream {
	return Stream{Name: name, Rate: rate, For: lasts, Keys: keys, Requests: []Request{{"/v1/payments", order}}}
}

func (m *measurement) run(ctx context.Context) error {
	m.facts = map[string]any{}
	for _, part := range []func(context.Context) error{m.findCapacity, m.idle, m.flood, m.fairness} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// findCapacity asks in closed loops of more and more workers, and takes the most that was accepted in a second.
func (m *measurement) findCapacity(ctx context.Context) error {
	warm := Stream{Name: "warm", Workers: 8, For: m.lasts.warm, Keys: m.stage.crowd, Requests: []Request{{"/v1/payments", order}}}
	if _, err := m.stage.load(ctx, warm); err != nil {
		return err
	}
	for _, workers := range []int{1, 4, 8, 16, 32} {
		sent, err := m.stage.load(ctx, Stream{
			Name: "step", Workers: workers, For: m.lasts.step, Keys: m.stage.crowd, Requests: []Request{{"/v1/payments", order}},
		})
		if err != nil {
			return err
		}
		in := accepted(sent.Streams["step"])
		s := step{workers, float64(len(in)) / m.lasts.step.Seconds(), p99(in), len(in)}
		m.steps = append(m.steps, s)
		m.capacity = max(m.capacity, s.Goodput)
	}
	if m.capacity == 0 {
		return fmt.Errorf("nothing was accepted: %v", m.steps)
	}
	return nil
}

// idle measures answers while hardly anything is asked.
func (m *measurement) idle(ctx context.Context) error {
	sent, err := m.stage.load(ctx, m.payments("idle", m.capacity*idleShare, m.lasts.idle, m.stage.crowd...))
	if err != nil {
		return err
	}
	m.unloaded = p99(accepted(sent.Streams["idle"]))
	m.facts["unloaded_p50_ms"] = millis(quantile(accepted(sent.Streams["idle"]), 0.5))
	return nil
}

// flood asks for five times capacity, with captures and refunds beside it, and then for half.
func (m *measurement) flood(ctx context.Context) error {
	captures, refunds, err := m.stage.settle(ctx, int(m.lasts.flood.Seconds())*settlePer)
	if err != nil {
		return err
	}
	before, err := m.memory(ctx)
	if err != nil {
		return err
	}
	watched := m.watchMemory(ctx)
	sent, err := m.stage.load(ctx,
		m.payments("flood", m.capacity*times, m.lasts.flood, m.stage.crowd...),
		Stream{Name: "captures", Rate: settlePer, For: m.lasts.flood, Keys: []string{m.stage.settler}, Requests: captures},
		Stream{Name: "refunds", Rate: settlePer, For: m.lasts.flood, Keys: []string{m.stage.settler}, Requests: refunds},
	)
	memory := watched()
	if err != nil {
		return err
	}
	after, err := m.stage.load(ctx, m.payments("after", m.capacity*normalShare, m.lasts.after, m.stage.crowd...))
	if err != nil {
		return err
	}
	m.judgeFlood(sent, append(memory, before))
	m.judgeAfter(after)
	return nil
}

// fairness floods as one merchant, beside another who asks for little.
func (m *measurement) fairness(ctx context.Context) error {
	sent, err := m.stage.load(ctx,
		m.payments("flooder", m.capacity*times, m.lasts.fair, m.stage.flooder),
		m.payments("polite", m.capacity*politeShare, m.lasts.fair, m.stage.polite),
	)
	if err != nil {
		return err
	}
	m.judgeFairness(sent)
	return nil
}

const resident = "process_resident_memory_bytes"

func (m *measurement) memory(ctx context.Context) (float64, error) {
	read, err := m.stage.gauge(ctx, resident)
	return read[resident], err
}

// watchMemory reads what the gateway uses each second, until the function that it returns is called.
func (m *measurement) watchMemory(ctx context.Context) (stop func() []float64) {
	ctx, cancel := context.WithCancel(ctx)
	var seen []float64
	var watching sync.WaitGroup
	watching.Go(func() {
		for ctx.Err() == nil {
			if now, err := m.memory(ctx); err == nil {
				seen = append(seen, now)
			}
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	})
	return func() []float64 { cancel(); watching.Wait(); return seen }
}

// accepted are the requests that were let in and answered.
func accepted(samples []Sample) []Sample {
	return slices.DeleteFunc(slices.Clone(samples), func(s Sample) bool { return s.Status < http.StatusOK || s.Status >= http.StatusMultipleChoices })
}

// turnedAway are those that were told to come again.
func turnedAway(samples []Sample) []Sample {
	return slices.DeleteFunc(slices.Clone(samples), func(s Sample) bool {
		return s.Status != http.StatusTooManyRequests && s.Status != http.StatusServiceUnavailable
	})
}

func p99(samples []Sample) time.Duration { return quantile(samples, 0.99) }

// quantile is the latency that the given share of requests did not exceed.
func quantile(samples []Sample, share float64) time.Duration {
	if len(samples) == 0 {
		return 0
	}
	took := make([]int64, len(samples))
	for i, s := range samples {
		took[i] = s.Took
	}
	slices.Sort(took)
	return time.Duration(took[min(len(took)-1, int(share*float64(len(took))))]) * time.Microsecond
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
