// Package tour makes real payments over HTTP against a real gateway and a real sandbox, each a process of its own, and
// shows what happened. What it counts it reads from the peers' own movement logs, never from the gateway.
package tour

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Options say how the tour runs.
type Options struct {
	Causeway    string        // path of the gateway's binary
	Sandbox     string        // path of the sandbox's binary
	Dir         string        // where database and configuration are kept; empty: a directory that is removed at the end
	Rules       string        // treasury's rule file; empty: the one built in
	Way         string        // banks on the way of payouts abroad and what each charges, as the sandbox takes them; empty: two
	RPC         string        // address of a development node to use as the chain, such as anvil; empty: the sandbox's own
	SweepMin    string        // by currency, as YAML writes a mapping: from what amounts on payers' addresses are swept; empty: never
	ClaimsAfter time.Duration // how long what payers sent must have been credited before it is returned; 0: as the gateway has it by default
	Gateways    int           // how many gateways share the database, which the environment then names; 0 and 1: one
	Keep        bool          // keep serving after the last scene, on the documented ports, until ctx ends
	Out         io.Writer
	Progress    io.Writer // one line per scene while it runs; nil: silent
}

// ErrNotHeld is returned when a scene or an invariant did not hold.
var ErrNotHeld = errors.New("the tour saw what must not be")

// FindBinaries fills in the paths that are not set: this binary, and the sandbox beside it.
func (o *Options) FindBinaries() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if o.Causeway == "" {
		o.Causeway = self
	}
	if o.Sandbox == "" {
		o.Sandbox = filepath.Join(filepath.Dir(self), "sandbox")
	}
	if _, err := os.Stat(o.Sandbox); err != nil {
		return fmt.Errorf("the sandbox is not built: %w", err)
	}
	return nil
}

// Scene is one thing that the tour shows.
type Scene struct {
	Name string
	Play func(ctx context.Context, w *World, row *Row) error
}

// Row is what a scene has to show.
type Row struct {
	Scene  string
	Route  string // channels in the order they were tried
	Amount string
	Rate   string
	Fee    string
	Result string
	Charge string // movements of the scene's money counted in the logs of the acquirers and banks
	Took   time.Duration
	Err    error
}

// Run plays every scene, audits, and prints what it saw. It returns an error when a scene or an invariant did not hold.
func Run(ctx context.Context, o Options) error {
	world, err := Start(ctx, o)
	if err != nil {
		return fmt.Errorf("start the world: %w", err)
	}
	defer world.Stop()

	scenes := Scenes()
	var rows []Row
	failed := 0
	for i, scene := range scenes {
		if o.Progress != nil {
			fmt.Fprintf(o.Progress, "[%d/%d] %s\n", i+1, len(scenes), scene.Name)
		}
		row := world.Play(ctx, scene)
		if row.Err != nil {
			failed++
		}
		rows = append(rows, row)
	}
	report, err := world.Audit(ctx)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	printScenes(o.Out, rows)
	printAudit(o.Out, report)
	if broken := report.Broken(); failed+broken > 0 {
		return fmt.Errorf("%w: %d of %d scenes and %d of %d invariants did not hold", ErrNotHeld, failed, len(scenes), broken, len(report.Invariants))
	}
	if idle := report.idle("I10", "I11"); len(idle) > 0 {
		return fmt.Errorf("%w: nothing was held against %v", ErrNotHeld, idle)
	}
	fmt.Fprintf(o.Out, "\nEvery scene and every invariant held.\n")
	if o.Keep {
		printDoors(o.Out, world)
		<-ctx.Done()
	}
	return nil
}

const sceneMax = time.Minute

// Play plays a scene, and has every channel behave again behind it.
func (w *World) Play(ctx context.Context, scene Scene) Row {
	ctx, cancel := context.WithTimeout(ctx, sceneMax)
	defer cancel()
	row := Row{Scene: scene.Name}
	began := time.Now()
	row.Err = scene.Play(ctx, w, &row)
	row.Took = time.Since(began)
	if clearErr := w.calm(ctx); row.Err == nil {
		row.Err = clearErr
	}
	return row
}
