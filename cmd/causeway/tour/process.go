package tour

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	readyMax = 30 * time.Second // for a process to say that it is ready
	stopMax  = 30 * time.Second // for a process to drain
)

// Process is a child that ends with its standard input, so that it never outlives us.
type Process struct {
	cmd  *exec.Cmd
	life io.Closer
	done chan struct{}
}

// spawn starts a binary and waits for the JSON line by which it says that it is ready. Its log goes to a file.
func (w *World) spawn(ctx context.Context, dir string, ready any, binary string, args ...string) error {
	return w.spawnWith(ctx, nil, dir, ready, binary, args...)
}

// spawnWith does so with more in the environment.
func (w *World) spawnWith(ctx context.Context, env []string, dir string, ready any, binary string, args ...string) error {
	p, err := Launch(ctx, filepath.Join(dir, filepath.Base(binary)+".log"), env, ready, binary, args...)
	if err == nil {
		w.processes = append(w.processes, p)
	}
	return err
}

// Launch starts a binary, with more in its environment, and waits for the JSON line by which it says that it is ready. What
// it logs is appended to a file. One that does not become ready is ended.
func Launch(ctx context.Context, logFile string, env []string, ready any, binary string, args ...string) (*Process, error) {
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(binary, args...)
	cmd.Stderr, cmd.Env = log, append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C reaches us, and we stop the children in order
	life, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd, life: life, done: make(chan struct{})}
	lines := make(chan string, 1)
	go func() {
		reader := bufio.NewReader(out)
		line, _ := reader.ReadString('\n') // an empty line means that it ended
		lines <- line
		_, _ = io.Copy(io.Discard, reader)
		_ = cmd.Wait() // how it ended does not matter here: a gateway that died fails its scene
		close(p.done)
	}()
	select {
	case line := <-lines:
		if err = json.Unmarshal([]byte(line), ready); err != nil {
			err = fmt.Errorf("did not start: %s (see %s)", lastLine(log.Name()), log.Name())
		}
	case <-time.After(readyMax):
		err = fmt.Errorf("was not ready within %s, see %s", readyMax, log.Name())
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		p.Kill()
		return nil, err
	}
	return p, nil
}

// lastLine is how a log ends.
func lastLine(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}

// Stop asks the process to end, and ends it when it has not done so in time. It returns the exit code.
func (p *Process) Stop() int {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have died by itself
	select {
	case <-p.done:
	case <-time.After(stopMax):
		p.Kill()
	}
	return p.cmd.ProcessState.ExitCode()
}

// Kill ends the process as a power cut would.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may have died by itself
	<-p.done
}

// Pause stops the process where it stands, until Resume. Should we die meanwhile, the kernel ends it: a stopped process of a
// group that loses its parent is sent SIGHUP and SIGCONT.
func (p *Process) Pause() error { return p.cmd.Process.Signal(syscall.SIGSTOP) }

// Resume lets the process go on where it was stopped.
func (p *Process) Resume() error { return p.cmd.Process.Signal(syscall.SIGCONT) }

// Ended is closed when the process has ended, however it did.
func (p *Process) Ended() <-chan struct{} { return p.done }
