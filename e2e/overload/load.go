package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Load is what the generator sends. It is a process of its own, so that its cost can be told from the gateway's.
type Load struct {
	Gateway string
	Seed    string // begins every idempotency key
	Streams []Stream
}

// Stream is requests of one kind, either at a rate that nothing slows down (an open loop: what is late counts from when it
// was due, so that a stalled gateway is not asked less), or by workers that each wait for their answer.
type Stream struct {
	Name     string
	Rate     float64 // requests in a second; 0: by workers
	Workers  int
	For      time.Duration
	Keys     []string // bearer tokens, in turn
	Requests []Request
}

// Request is what is posted. Those of a stream are sent in turn.
type Request struct{ Path, Body string }

// Sample is one request.
type Sample struct {
	Due    int64 // microseconds since the start
	Took   int64 // microseconds from when it was due until its answer
	Late   int64 // microseconds that it was sent late
	Status int   // 0: no answer
	Wait   int   // Retry-After
}

// Sent is what came of a load.
type Sent struct {
	Streams map[string][]Sample
	CPU     time.Duration // of the generator
	Lasted  time.Duration
}

const (
	outstandingMax = 4096 // requests of one stream without an answer; what is due beyond that counts as unanswered
	answerMax      = 30 * time.Second
	politePause    = 100 * time.Millisecond // of a worker that was told to come again
)

// generate reads a Load and writes what came of it.
func generate(in io.Reader, out io.Writer) error {
	var load Load
	if err := json.NewDecoder(in).Decode(&load); err != nil {
		return fmt.Errorf("load: %w", err)
	}
	gateway, err := url.Parse(load.Gateway)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	g := &generator{Load: load, began: time.Now(), host: gateway.Host}
	sent := Sent{Streams: map[string][]Sample{}}
	results := make([][]Sample, len(load.Streams))
	var running sync.WaitGroup
	for i, s := range load.Streams {
		running.Go(func() { results[i] = g.run(s) })
	}
	running.Wait()
	for i, s := range load.Streams {
		sent.Streams[s.Name] = results[i]
	}
	sent.Lasted = time.Since(g.began)
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return err
	}
	sent.CPU = time.Duration(used.Utime.Nano() + used.Stime.Nano())
	return json.NewEncoder(out).Encode(sent)
}

type generator struct {
	Load

	began time.Time
	host  string
}

func (g *generator) run(s Stream) []Sample {
	line := &lines{host: g.host}
	defer line.close()
	if s.Rate == 0 {
		return g.byWorkers(s, line)
	}
	return g.byRate(s, line)
}

// byRate sends what is due when it is due, whatever became of what was sent before.
func (g *generator) byRate(s Stream, line *lines) []Sample {
	samples := make([]Sample, int(s.Rate*s.For.Seconds()))
	var running sync.WaitGroup
	var outstanding atomic.Int64
	for i := range samples {
		due := g.began.Add(time.Duration(float64(i) / s.Rate * float64(time.Second)))
		time.Sleep(time.Until(due))
		if outstanding.Load() >= outstandingMax {
			samples[i] = Sample{Due: due.Sub(g.began).Microseconds()}
			continue
		}
		outstanding.Add(1)
		running.Go(func() {
			defer outstanding.Add(-1)
			samples[i] = g.send(s, line, i, due)
		})
	}
	running.Wait()
	return samples
}

func (g *generator) byWorkers(s Stream, line *lines) []Sample {
	var mu sync.Mutex
	var samples []Sample
	var running sync.WaitGroup
	var next atomic.Int64
	for range s.Workers {
		running.Go(func() {
			for time.Since(g.began) < s.For {
				one := g.send(s, line, int(next.Add(1)), time.Now())
				mu.Lock()
				samples = append(samples, one)
				mu.Unlock()
				if one.Wait > 0 {
					time.Sleep(politePause)
				}
			}
		})
	}
	running.Wait()
	return samples
}

func (g *generator) send(s Stream, line *lines, n int, due time.Time) Sample {
	what := s.Requests[n%len(s.Requests)]
	key := g.Seed + "-" + s.Name + "-" + strconv.Itoa(n)
	sent := time.Now()
	status, wait := line.post(what, s.Keys[n%len(s.Keys)], key)
	return Sample{
		Due: due.Sub(g.began).Microseconds(), Took: time.Since(due).Microseconds(), Late: sent.Sub(due).Microseconds(), Status: status, Wait: wait,
	}
}
