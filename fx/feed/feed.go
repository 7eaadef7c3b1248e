// Package feed fetches exchange rates and reports them to the board that prices are made from.
//
// A [Source] is one place that rates come from; a [Poller] asks it again and again. Rates that people set, by hand or in
// the configuration, need neither: they go straight to [fx.Board.Add].
package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/causeway-pay/causeway/fx"
)

// ErrBadAnswer is returned when a source answers something that is not a table of rates.
var ErrBadAnswer = errors.New("rate source gave a bad answer")

// Source is one place that rates come from.
type Source interface {
	// Fetch returns the rates as they are now.
	Fetch(ctx context.Context) ([]fx.Observation, error)
}

// Board takes what a source reports; [fx.Board] is one.
type Board interface {
	Add(ctx context.Context, feed string, now time.Time, observed []fx.Observation) ([]fx.Snapshot, error)
}

// triesMax is how often a source is asked in one round before the next round is waited for.
const triesMax = 3

// Poller asks one source at an interval and reports to a board.
type Poller struct {
	Feed     string // name under which the board trusts the source
	Source   Source
	Board    Board
	Interval time.Duration // between rounds
	Jitter   time.Duration // at most this is added to each wait, so that gateways do not ask in step
	Timeout  time.Duration // of one try
	Backoff  time.Duration // before the second try, doubled before each further one
	Now      func() time.Time
	Log      *slog.Logger
}

// Run polls until ctx ends. A source that fails is logged and asked again: its rates grow stale by themselves.
func (p *Poller) Run(ctx context.Context) {
	for {
		if err := p.Poll(ctx); err != nil && ctx.Err() == nil {
			p.Log.Warn("rates not fetched", "feed", p.Feed, "error", err)
		}
		if !wait(ctx, p.Interval+rand.N(p.Jitter+1)) {
			return
		}
	}
}

// Poll asks once, with at most three tries, and reports what came. Observations that the board refuses are in the error;
// those it accepts are kept nevertheless.
func (p *Poller) Poll(ctx context.Context) error {
	observed, err := p.fetch(ctx)
	for try := 1; err != nil && try < triesMax; try++ {
		if !wait(ctx, p.Backoff<<(try-1)) {
			return ctx.Err()
		}
		observed, err = p.fetch(ctx)
	}
	if err != nil {
		return err
	}
	_, err = p.Board.Add(ctx, p.Feed, p.Now(), observed)
	return err
}

func (p *Poller) fetch(ctx context.Context) ([]fx.Observation, error) {
	ctx, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	return p.Source.Fetch(ctx)
}

// wait reports whether d passed before ctx ended.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// bodyMax is the largest answer that is read, in bytes.
const bodyMax = 1 << 20

// get reads the whole body of a 200, or fails.
func get(ctx context.Context, client *http.Client, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch rates: %w", err)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("fetch rates: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch rates: %w: status %d", ErrBadAnswer, response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, bodyMax+1))
	if err != nil {
		return nil, fmt.Errorf("fetch rates: %w", err)
	}
	if len(body) > bodyMax {
		return nil, fmt.Errorf("fetch rates: %w: more than %d bytes", ErrBadAnswer, bodyMax)
	}
	return body, nil
}
