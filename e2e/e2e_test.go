// Package e2e boots the real binaries, pays through HTTP, kills them in the middle, and counts charges in the acquirers'
// own logs.
package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/cmd/causeway/tour"
)

// binaries is where the binaries under test are built, once.
var binaries string

func TestMain(m *testing.M) {
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
  - {id: rule_fee, kind: fee, code: processing, payer: merchant, calc: {bps: 150}}
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
	dir := t.TempDir()
	file := filepath.Join(dir, "rules.yaml")
	if err := os.WriteFile(file, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := tour.Start(t.Context(), tour.Options{
		Causeway: filepath.Join(binaries, "causeway"), Sandbox: filepath.Join(binaries, "sandbox"), Dir: dir, Rules: file,
	})
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

func (a answer) text(field string) string { return fmt.Sprint(a.body[field]) }

// call makes one request; an error is one of the connection.
func (w *world) call(ctx context.Context, method, address, bearer, key, body string) (answer, error) {
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

func order(simulate string) string {
	body := `{"amount":{"value":"99.99","currency":"EUR"},"settlement_currency":"USD","method":{"type":"card","card":{"token":"tok_visa"}}`
	if simulate != "" {
		body += `,"simulate":"` + simulate + `"`
	}
	return body + "}"
}

// pay repeats a request under its key until it has an answer, as a merchant would.
func (w *world) pay(key, body string) answer {
	w.t.Helper()
	return w.insist(http.MethodPost, "/v1/payments", key, body)
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
	var last answer
	for range 300 {
		last = w.insist(http.MethodGet, "/v1/payments/"+id, "", "")
		if last.text("status") == status {
			return last
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.t.Fatalf("payment %s is %s, not %s", id, last.text("status"), status)
	return answer{}
}

// moved counts movements of a kind in the logs of all acquirers, waiting for the first.
func (w *world) moved(kind string, wait time.Duration) int {
	w.t.Helper()
	query := url.Values{"kind": {kind}, "wait": {wait.String()}}
	a, err := w.call(w.t.Context(), http.MethodGet, w.Control+"/control/movements?"+query.Encode(), "", "", "")
	if err != nil {
		w.t.Fatal(err)
	}
	movements, _ := a.body["movements"].([]any)
	return len(movements)
}

// audit fails the test when an invariant does not hold.
func (w *world) audit() {
	w.t.Helper()
	out, err := exec.Command(filepath.Join(binaries, "causeway"), "audit", "--config", w.Config).CombinedOutput()
	if err != nil {
		w.t.Errorf("audit: %v\n%s", err, out)
	}
}

func TestKilledBetweenTheChargeAndItsAnswer(t *testing.T) {
	w := start(t)
	lost := make(chan error, 1)
	go func() {
		_, err := w.call(t.Context(), http.MethodPost, w.Gateway+"/v1/payments", w.Key, "k1", order("hold"))
		lost <- err
	}()
	if n := w.moved("charge", 10*time.Second); n != 1 { // the acquirer has charged and holds its answer back
		t.Fatalf("%d charges before the kill", n)
	}
	w.KillGateway()
	if err := <-lost; err == nil {
		t.Fatal("the request was answered although the gateway was killed")
	}
	if err := w.StartGateway(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := w.pay("k1", order("hold"))
	w.until(p.text("id"), "succeeded")
	if n := w.moved("charge", 0); n != 1 {
		t.Errorf("%d charges after the restart", n)
	}
	w.audit()
}

func TestFiftyRequestsWithOneKeyChargeOnce(t *testing.T) {
	w := start(t)
	var mu sync.Mutex
	ids := map[string]int{}
	var running sync.WaitGroup
	for range 50 {
		running.Go(func() {
			p := w.pay("k1", order(""))
			mu.Lock()
			ids[p.text("id")]++
			mu.Unlock()
		})
	}
	running.Wait()
	if len(ids) != 1 || w.moved("charge", 0) != 1 {
		t.Errorf("payments %v, %d charges", ids, w.moved("charge", 0))
	}
	if other := w.pay("k1", order("dup_callback")); other.status != http.StatusUnprocessableEntity {
		t.Errorf("another body under the key: %d", other.status)
	}
	w.audit()
}

func TestTwentyFullRefundsRefundOnce(t *testing.T) {
	w := start(t)
	w.until(w.pay("funds", order("")).text("id"), "succeeded")
	id := w.pay("k1", order("")).text("id")
	w.until(id, "succeeded")
	var mu sync.Mutex
	statuses := map[int]int{}
	var running sync.WaitGroup
	for i := range 20 {
		running.Go(func() {
			a, err := w.call(t.Context(), http.MethodPost, w.Gateway+"/v1/refunds", w.Key, fmt.Sprint("r", i), `{"payment":"`+id+`"}`)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			statuses[a.status]++
		})
	}
	running.Wait()
	if statuses[http.StatusCreated] != 1 || w.moved("refund", 0) != 1 {
		t.Errorf("answers %v, %d refunds at the acquirers", statuses, w.moved("refund", 0))
	}
	w.audit()
}

func TestSixClientsHangUpAndTheBreakerStaysClosed(t *testing.T) {
	w := start(t)
	w.fault("card.acme-eu", "slow:400ms")
	for i := range 6 {
		ctx, hangUp := context.WithTimeout(t.Context(), 100*time.Millisecond)
		_, err := w.call(ctx, http.MethodPost, w.Gateway+"/v1/payments", w.Key, fmt.Sprint("k", i), order(""))
		hangUp()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("the client did not hang up: %v", err)
		}
	}
	for i := range 6 {
		w.until(w.pay(fmt.Sprint("k", i), order("")).text("id"), "succeeded")
	}
	breakers, err := w.call(t.Context(), http.MethodGet, w.Gateway+"/v1/ops/channels", w.Operator, "", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range breakers.body["data"].([]any) {
		if state := one.(map[string]any); state["status"] != "closed" {
			t.Errorf("breaker of %s is %s", state["name"], state["status"])
		}
	}
	if n := w.moved("charge", 0); n != 6 {
		t.Errorf("%d charges for 6 payments", n)
	}
}

func (w *world) fault(channel, scenario string) {
	w.t.Helper()
	a, err := w.call(w.t.Context(), http.MethodPost, w.Control+"/control/acquirers/"+channel+"/faults", "", "", `{"scenario":"`+scenario+`","count":0}`)
	if err != nil || a.status != http.StatusOK {
		w.t.Fatal(a, err)
	}
}

func TestStopFinishesWhatIsUnderWay(t *testing.T) {
	w := start(t)
	arrived := w.moved("received", 0)
	w.fault("card.acme-eu", "slow:1s")
	answered := make(chan answer, 1)
	go func() {
		a, err := w.call(t.Context(), http.MethodPost, w.Gateway+"/v1/payments", w.Key, "k1", order(""))
		if err != nil {
			t.Error(err)
		}
		answered <- a
	}()
	for range 100 {
		if w.moved("received", 0) > arrived {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if code := w.StopGateway(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if a := <-answered; a.status != http.StatusCreated || a.text("status") != "succeeded" {
		t.Errorf("answered %d %s", a.status, a.text("status"))
	}
}

func TestInvalidConfigurationNamesEveryFieldAndExitsWithTwo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bad.yaml")
	bad := "listen: nowhere\ndatabase: mysql://x\nmode: maybe\nsurprise: 1\nchannels:\n  - {name: card.a, rail: card, driver: none, url: ftp://x, currencies: [XXX], timeout: 1ms}\n"
	if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd := exec.Command(filepath.Join(binaries, "causeway"), "serve", "--config", file)
	cmd.Stderr = &said
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != 2 {
		t.Fatalf("%v", err)
	}
	for _, field := range []string{
		"listen:", "database:", "mode:", "surprise:", "channels[0].driver:", "channels[0].url:", "channels[0].secret:",
		"channels[0].currencies[0]:", "channels[0].timeout:",
	} {
		if !strings.Contains(said.String(), field) {
			t.Errorf("%s is not named in\n%s", field, said.String())
		}
	}
}

func TestItStartsWithoutConfiguration(t *testing.T) {
	cmd := exec.Command(filepath.Join(binaries, "causeway"), "serve", "--exit-on-stdin-close")
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "CAUSEWAY_LISTEN=127.0.0.1:0", "CAUSEWAY_ADMIN_LISTEN=127.0.0.1:0") // its own ports may be taken
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var ready struct {
		Ready bool
		URL   string
	}
	if err := json.NewDecoder(out).Decode(&ready); err != nil || !ready.Ready {
		t.Fatal(ready, err)
	}
	reply, err := http.Get(ready.URL + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		t.Errorf("readyz answers %d", reply.StatusCode)
	}
	if err := input.Close(); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	made, err := filepath.Glob(filepath.Join(cmd.Dir, "causeway.db*"))
	if err != nil || !slices.Contains(made, filepath.Join(cmd.Dir, "causeway.db")) {
		t.Errorf("database files %v, %v", made, err)
	}
}
