package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asSandbox makes this test binary behave as the sandbox command, so that a real process can be stopped.
const asSandbox = "SANDBOX_TEST_RUN_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asSandbox) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// process is a running sandbox command.
type process struct {
	*exec.Cmd
	stdin  io.Closer
	stdout *bufio.Reader
	ready  ready
}

func launch(t *testing.T, arguments ...string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0], append([]string{"serve", "--control", "127.0.0.1:0", "--rates", "127.0.0.1:0"}, arguments...)...)
	cmd.Env = append(os.Environ(), asSandbox+"=1")
	cmd.Stderr = t.Output()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return &process{Cmd: cmd, stdin: stdin, stdout: bufio.NewReader(stdout)}
}

// awaitReady reads the ready line.
func (p *process) awaitReady(t *testing.T) {
	t.Helper()
	line, err := p.stdout.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &p.ready)
	}
	if err != nil || !p.ready.Ready {
		p.Process.Kill()
		t.Fatalf("ready line %q: %v", line, err)
	}
}

// end waits for the process, kills it when it does not stop by itself, and returns what else it printed.
func (p *process) end(t *testing.T) (string, error) {
	t.Helper()
	killer := time.AfterFunc(patience, func() { p.Process.Kill() })
	defer killer.Stop()
	rest, err := io.ReadAll(p.stdout)
	if err != nil {
		t.Error(err)
	}
	return string(rest), p.Wait()
}

func TestProcess(t *testing.T) {
	const holding = `{"reference":"att_1","amount":"1","currency":"EUR","token":"tok_visa","simulate":"never_visible"}`
	for name, stop := range map[string]func(*process) error{
		"SIGTERM":      func(p *process) error { return p.Process.Signal(syscall.SIGTERM) },
		"SIGINT":       func(p *process) error { return p.Process.Signal(syscall.SIGINT) },
		"stdin closes": func(p *process) error { return p.stdin.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			p := launch(t, "--exit-on-stdin-close", "--acquirer", "name=card.one,secret="+secret,
				"--bank", "name=bank.one,secret="+secret+",bic=CSWYDEFF,account=1/EUR/1.00", "--chain", "name=chain.one,interval=10ms")
			p.awaitReady(t)
			for _, address := range []string{p.ready.Acquirers["card.one"] + "/v1/health", p.ready.Banks["bank.one"] + "/v1/health", p.ready.Rates + "/v1/rates", p.ready.Control + "/control/clock"} {
				response, err := http.Get(address)
				if err != nil {
					t.Fatal(err)
				}
				response.Body.Close()
				if response.StatusCode != http.StatusOK {
					t.Errorf("%s answers %s", address, response.Status)
				}
			}
			client := peer{t: t, client: &http.Client{}}
			waiting := make(chan int, 1)
			go func() {
				status, _ := client.call(http.MethodPost, p.ready.Acquirers["card.one"]+"/v1/charges", holding)
				waiting <- status
			}()
			if status, _ := client.call(http.MethodGet, p.ready.Control+"/control/movements?wait=10s", ""); status != http.StatusOK {
				t.Errorf("movements answer %d", status)
			}
			if err := stop(p); err != nil {
				t.Fatal(err)
			}
			if rest, err := p.end(t); rest != "" || err != nil {
				t.Errorf("stopped with %v after printing %q", err, rest)
			}
			if status := <-waiting; status != 0 {
				t.Errorf("the silent channel answered %d", status)
			}
		})
	}
}

func TestProcessRefusesBadFlags(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, arguments := range []string{
		"--acquirer name=card.one",
		"--acquirer name=card.one,secret=s,listen=" + taken.Addr().String(),
		"--acquirer name=card.one,secret=s --control " + taken.Addr().String(),
		"--acquirer name=card.one,secret=s --history /no/such/file",
		"--bank name=bank.one,secret=s",
		"--bank name=bank.one,secret=s,bic=CSWYDEFF,account=1/EUR/1,listen=" + taken.Addr().String(),
		"--acquirer name=card.one,secret=s --chain name=chain.one,listen=" + taken.Addr().String(),
		"--chain listen=127.0.0.1:0",
		"--no-such-flag",
		"surplus",
	} {
		p := launch(t, strings.Fields(arguments)...)
		printed, err := p.end(t)
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 2 || printed != "" {
			t.Errorf("%s: ended with %v after printing %q", arguments, err, printed)
		}
	}
}
