package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/causeway-pay/causeway/sim"
)

// worker is a process that plays batches: they come on its standard input, and reports leave on its descriptor 3, both a
// JSON text in a line.
type worker struct {
	process *exec.Cmd
	orders  io.WriteCloser
	reports *os.File
	said    *tail
}

// environment makes a process play cheaply: goroutines change places without a second processor, nearly all garbage is
// young, and a database that is never cut off from its power needs no disk.
func environment() []string {
	env := append(os.Environ(), "GOMAXPROCS=1", "GOGC=400")
	const inMemory = "/dev/shm"
	if info, err := os.Stat(inMemory); err == nil && info.IsDir() {
		env = append(env, "TMPDIR="+inMemory)
	}
	return env
}

func startWorker(name string, args ...string) (*worker, error) {
	reports, there, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer there.Close()
	w := &worker{process: exec.Command(name, args...), reports: reports, said: &tail{}}
	w.process.Env, w.process.ExtraFiles = environment(), []*os.File{there}
	w.process.Stdout, w.process.Stderr = w.said, w.said
	w.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C ends the fleet, once what was begun is played
	if w.orders, err = w.process.StdinPipe(); err != nil {
		return nil, err
	}
	return w, w.process.Start()
}

// play has a batch played. Where the process dies on it, or hangs, the error has the last that it said.
func (w *worker) play(_ context.Context, b sim.Batch) (sim.Report, error) {
	hung := time.AfterFunc(batchMax, func() { _ = w.process.Process.Kill() })
	defer hung.Stop()
	var report sim.Report
	err := json.NewEncoder(w.orders).Encode(b)
	if err == nil {
		err = json.NewDecoder(w.reports).Decode(&report)
	}
	if err != nil {
		_ = w.orders.Close()
		_ = w.process.Wait()
		return report, fmt.Errorf("the process that played it ended (%s): %s", w.process.ProcessState, w.said)
	}
	return report, nil
}

// end lets the process end, and returns how many bytes of memory it had at most.
func (w *worker) end() int64 {
	_ = w.orders.Close()
	_ = w.process.Wait()
	_ = w.reports.Close()
	if used, ok := w.process.ProcessState.SysUsage().(*syscall.Rusage); ok {
		return used.Maxrss << 10 // it is told in KiB
	}
	return 0
}

// tail keeps the last that a process said.
type tail struct{ text []byte }

const tailMax = 16 << 10

// Write keeps the end of p.
func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-tailMax):]
	return len(p), nil
}

func (t *tail) String() string { return string(t.text) }
