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
	"syscall"
	"time"
)

const (
	readyMax = 30 * time.Second // for a process to say that it is ready
	stopMax  = 30 * time.Second // for a process to drain
)

// process is a child that ends with its standard input, so that it never outlives us.
type process struct {
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
	log, err := os.OpenFile(filepath.Join(dir, filepath.Base(binary)+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(binary, args...)
	cmd.Stderr, cmd.Env = log, append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C reaches us, and we stop the children in order
	life, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p := &process{cmd: cmd, life: life, done: make(chan struct{})}
	w.processes = append(w.processes, p)
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
		if err := json.Unmarshal([]byte(line), ready); err != nil {
			return fmt.Errorf("did not start, see %s", log.Name())
		}
		return nil
	case <-time.After(readyMax):
		return fmt.Errorf("was not ready within %s, see %s", readyMax, log.Name())
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(stopMax):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}
