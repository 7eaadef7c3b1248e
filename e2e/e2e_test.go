// Package e2e boots the real binaries, pays through HTTP, kills them in the middle, and counts charges, credits and transfers
// in the acquirers' and banks' own logs and on the chain.
package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/cmd/causeway/tour"
)

// binaries is where the binaries under test are built, once.
var binaries string

// worlds is how many there are at a time: in each, somebody waits for somebody else most of the time.
const worlds = 4

func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", strconv.Itoa(worlds)); err != nil {
		panic(err) // the flag has another name
	}
	dir, err := os.MkdirTemp("", "causeway-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binaries = dir
	build := exec.Command("go", "build", "-o", dir+"/", "../cmd/causeway", "../cmd/sandbox")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	code := 1
	if err := build.Run(); err == nil {
		code = m.Run()
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// rules settle at once and charge 1.5 %, so that a refund in full is covered by an earlier payment.
const rules = `
version: 7
rules:
  - {id: rule_margin, kind: fx_margin, calc: {bps: 50}}
  - {id: rule_fee, kind: fee, code: processing, payer: merchant, match: {direction: collect}, calc: {bps: 150}}
  - {id: rule_lock, kind: lock_price, lock: 15m}
  - {id: rule_settlement, kind: settlement, days: 0}
  - {id: rule_refund, kind: refund_rate, rate: original, days: 90}
`

type world struct {
	*tour.World

	t *testing.T
}

func start(t *testing.T) *world {
	t.Helper()
	return startWith(t, rules, tour.Options{})
}

// startWith is the world with treasury's rules, and what else the options say.
func startWith(t *testing.T, rules string, o tour.Options) *world {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "rules.yaml")
	if err := os.WriteFile(file, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Causeway, o.Sandbox, o.Dir, o.Rules = filepath.Join(binaries, "causeway"), filepath.Join(binaries, "sandbox"), dir, file
	w, err := tour.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	ready := &world{w, t}
	ready.insist(http.MethodPost, "/v1/quotes", "", `{"amount":{"value":"1.00","currency":"EUR"},"mode":"indicative"}`) // there are rates
	return ready
}

type answer struct {
	status   int
	replayed bool
	body     map[string]any
}

// text follows keys and list positions into an answer, to a string.
func (a answer) text(path ...any) string {
	var here any = a.body
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := here.(map[string]any)
			here = m[step]
		case int:
			l, _ := here.([]any)
			if step >= len(l) {
				return ""
			}
			here = l[step]
		}
	}
	if here == nil {
		return ""
	}
	return fmt.Sprint(here)
}

// answerMax is how long anybody is waited for: longer than a gateway takes to cut off whoever it does not answer.
const answerMax = 90 * time.Second

// call makes one request; an error is one of the connection.
func (w *world) call(ctx context.Context, method, address, bearer, key, body string) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, answerMax)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Authorization", "Bearer "+bearer)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer reply.Body.Close()
	data, err := io.ReadAll(reply.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{status: reply.StatusCode, replayed: reply.Header.Get("Idempotent-Replayed") == "true"}
	if len(data) > 0 {
		err = json.Unmarshal(data, &a.body)
	}
	return a, err
}

func (w *world) insist(method, path, key, body string) answer {
	w.t.Helper()
	var last answer
	var err error
	for range 300 {
		last, err = w.call(w.t.Context(), method, w.Gateway+path, w.Key, key, body)
		if err == nil && last.status != http.StatusConflict && last.status != http.StatusServiceUnavailable {
			return last
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.t.Fatalf("%s %s: no answer: %d %v: %v", method, path, last.status, last.body, err)
	return answer{}
}

// until reads a payment until it has the status.
func (w *world) until(id, status string) answer {
	w.t.Helper()
	return w.see("/v1/payments/"+id, status)
}

// see reads an object until it has the status.
func (w *world) see(path, status string) answer {
	w.t.Helper()
	var last answer
	for range 900 {
		last = w.insist(http.MethodGet, path, "", "")
		if last.text("status") == status {
			return last
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.t.Fatalf("%s is %s, not %s: %v", path, last.text("status"), status, last.body)
	return answer{}
}

// again starts the gateway once more.
func (w *world) again() {
	w.t.Helper()
	if err := w.StartGateway(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// lose makes a request whose answer nobody hears, since the gateway is killed.
func (w *world) lose(path, key, body string) {
	gateway := w.Gateway
	go func() { _, _ = w.call(w.t.Context(), http.MethodPost, gateway+path, w.Key, key, body) }()
}

// control asks the sandbox.
func (w *world) control(method, path, body string) answer {
	w.t.Helper()
	a, err := w.call(w.t.Context(), method, w.Control+path, "", "", body)
	if err != nil || a.status != http.StatusOK {
		w.t.Fatalf("%s %s: %d %v: %v", method, path, a.status, a.body, err)
	}
	return a
}

// run runs a command of one of the binaries and returns what it prints.
func (w *world) run(binary string, args ...string) []byte {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), filepath.Join(binaries, binary), args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		w.t.Fatalf("%s %v: %v: %s%s", binary, args, err, out, &said)
	}
	return out
}

// credits counts what was taken in for a payment on an account, in the ledger.
func (w *world) credits(id, account string) int {
	w.t.Helper()
	var found struct {
		Entries []struct {
			Postings []struct {
				Account string
				Amount  struct{ Value string }
			}
		}
	}
	if err := json.Unmarshal(w.run("causeway", "ledger", "entries", id, "--output", "json", "--config", w.Config), &found); err != nil {
		w.t.Fatal(err)
	}
	times := 0
	for _, e := range found.Entries {
		for _, p := range e.Postings {
			if p.Account == account && !strings.HasPrefix(p.Amount.Value, "-") {
				times++
			}
		}
	}
	return times
}

// lockBooks keeps the gateway from writing to its database until the function that it returns is called. It takes the lock
// that whoever writes to a database in WAL mode takes: WAL_WRITE_LOCK, byte 120 of the -shm file, as in
// https://sqlite.org/walformat.html.
func (w *world) lockBooks() (release func()) {
	w.t.Helper()
	const writeLock = 120
	shared, err := os.OpenFile(filepath.Join(filepath.Dir(w.Config), "causeway.db-shm"), os.O_RDWR, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	lock := syscall.Flock_t{Type: syscall.F_WRLCK, Whence: io.SeekStart, Start: writeLock, Len: 1}
	if err := syscall.FcntlFlock(shared.Fd(), syscall.F_SETLKW, &lock); err != nil {
		w.t.Fatal(err)
	}
	return func() { _ = shared.Close() } // which ends the lock
}

// audit fails the test when an invariant does not hold, or the gateway thought so meanwhile.
func (w *world) audit() {
	w.t.Helper()
	if halts := string(w.run("causeway", "halts", "--config", w.Config)); strings.Contains(halts, "payouts") {
		w.t.Errorf("payouts are halted:\n%s", halts)
	}
	if code, said := w.audited(); code != 0 {
		w.t.Errorf("the audit exits with %d:\n%s", code, said)
	}
}

// audited audits, and returns the exit code and what was said.
func (w *world) audited(flags ...string) (code int, said string) {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), filepath.Join(binaries, "causeway"), append([]string{"audit", "--config", w.Config}, flags...)...)
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		w.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}
