package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/causeway-pay/causeway/cmd/sandbox/acquirer"
	"github.com/causeway-pay/causeway/cmd/sandbox/bank"
	"github.com/causeway-pay/causeway/cmd/sandbox/chain"
	"github.com/causeway-pay/causeway/cmd/sandbox/channel"
	"github.com/causeway-pay/causeway/cmd/sandbox/clock"
	"github.com/causeway-pay/causeway/cmd/sandbox/control"
	"github.com/causeway-pay/causeway/cmd/sandbox/door"
	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
	"github.com/causeway-pay/causeway/cmd/sandbox/rates"
)

// stopMax is how long running answers may take once the world is told to stop.
const stopMax = 1500 * time.Millisecond

type config struct {
	acquirers []acquirer.Config
	banks     []bank.Config
	chains    []chain.Config
	control   string
	rates     string
	history   string // a file; empty for the one built in
	ratesSeed uint64
}

// ready is the one line on standard output: everything listens, here.
type ready struct {
	Ready     bool              `json:"ready"`
	Control   string            `json:"control"`
	Rates     string            `json:"rates"`
	Acquirers map[string]string `json:"acquirers"`
	Banks     map[string]string `json:"banks"`

	Chains map[string]control.ChainReading `json:"chains"`
}

// world is everything that listens or runs.
type world struct {
	clock     *clock.Clock
	feed      *rates.Feed
	acquirers []*acquirer.Acquirer
	banks     []*bank.Bank
	chains    []*chain.Chain
	log       *slog.Logger
	doors     []*door.Door // of the control API and the feed
}

// serve runs the world until ctx ends. It writes the ready line to out once every listener is open.
func serve(ctx context.Context, c config, out, errOut io.Writer) error {
	w := &world{clock: clock.New(time.Now), log: slog.New(slog.NewTextHandler(errOut, nil))}
	defer w.close()
	line, err := w.open(c, w.log)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(out).Encode(line); err != nil {
		return fmt.Errorf("write the ready line: %w", err)
	}
	w.run(ctx)
	return nil
}

func (w *world) open(c config, log *slog.Logger) (ready, error) {
	day, err := history(c.history)
	if err != nil {
		return ready{}, err
	}
	w.feed = rates.NewFeed(day, c.ratesSeed, time.Now)
	movements := movement.NewLog(w.clock.Now, movement.Max)
	shared := channel.World{
		Clock: w.clock, Log: movements, Now: time.Now, Slog: log,
		NewID: func(prefix string) string { return prefix + ulid.Make().String() },
	}
	line := ready{Ready: true, Acquirers: map[string]string{}, Banks: map[string]string{}, Chains: map[string]control.ChainReading{}}
	for _, each := range c.acquirers {
		a, err := acquirer.Open(each, shared)
		if err != nil {
			return ready{}, err
		}
		w.acquirers = append(w.acquirers, a)
		line.Acquirers[a.Name()] = a.URL()
	}
	for _, each := range c.banks {
		b, err := bank.Open(each, shared)
		if err != nil {
			return ready{}, err
		}
		w.banks = append(w.banks, b)
		line.Banks[b.Name()] = b.URL()
	}
	for _, each := range c.chains {
		each.Movements, each.Log = movements, log
		opened, err := chain.Open(each)
		if err != nil {
			return ready{}, err
		}
		w.chains = append(w.chains, opened)
		line.Chains[opened.Name()] = control.ChainReading{RPC: opened.URLs(), Tokens: opened.Tokens()}
	}
	hand := &control.Control{Acquirers: w.acquirers, Banks: w.banks, Chains: w.chains, Log: movements, Clock: w.clock, Feed: w.feed}
	controlDoor, controlErr := door.Open(c.control, hand.Handler(), log)
	ratesDoor, ratesErr := door.Open(c.rates, w.feed, log)
	for _, d := range []*door.Door{controlDoor, ratesDoor} {
		if d != nil {
			w.doors = append(w.doors, d)
		}
	}
	if err := errors.Join(controlErr, ratesErr); err != nil {
		return ready{}, err
	}
	line.Control, line.Rates = controlDoor.URL(), ratesDoor.URL()
	return line, nil
}

func (w *world) run(ctx context.Context) {
	var running sync.WaitGroup
	running.Go(func() { w.feed.Run(ctx) })
	for _, a := range w.acquirers {
		running.Go(func() { a.Run(ctx) })
	}
	for _, b := range w.banks {
		running.Go(func() { b.Run(ctx) })
	}
	for _, c := range w.chains {
		running.Go(func() { c.Run(ctx) })
	}
	running.Wait()
}

// close ends everything that listens, side by side, within stopMax.
func (w *world) close() {
	w.clock.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), stopMax)
	defer cancel()
	var closing sync.WaitGroup
	for _, a := range w.acquirers {
		closing.Go(func() { a.Close(ctx) })
	}
	for _, b := range w.banks {
		closing.Go(func() { b.Close(ctx) })
	}
	for _, c := range w.chains {
		closing.Go(func() {
			if err := c.Close(ctx); err != nil {
				w.log.Warn("stop", "error", err)
			}
		})
	}
	for _, d := range w.doors {
		closing.Go(func() { d.Close(ctx) })
	}
	closing.Wait()
}

// history returns the day that the rates start from.
func history(path string) (rates.Day, error) {
	if path == "" {
		return rates.Recent()
	}
	file, err := os.Open(path)
	if err != nil {
		return rates.Day{}, fmt.Errorf("--history: %w", err)
	}
	defer file.Close()
	day, err := rates.LastDay(file)
	if err != nil {
		return rates.Day{}, fmt.Errorf("--history %s: %w", path, err)
	}
	return day, nil
}
