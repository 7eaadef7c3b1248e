package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/cmd/causeway/tour"
)

// withStatements are the channels of the world, which all say what they booked.
var withStatements = []string{acme, globex, bankAtHome, bankAbroad, bankBeside, chain}

// reconciled is what a run says that it found.
type reconciled struct {
	Rows, Matched, Opened, Healed int

	Breaks []struct {
		ID, Kind, Movement, Reference, Payment, Owner string

		Theirs, Ours struct{ Value, Currency string }
	}
}

// String lists the open breaks.
func (r reconciled) String() string {
	var rows []string
	for _, b := range r.Breaks {
		rows = append(rows, fmt.Sprintf("%s %s %s: %s %s, not %s %s", b.Kind, b.Movement, b.Reference,
			b.Theirs.Value, b.Theirs.Currency, b.Ours.Value, b.Ours.Currency))
	}
	return strings.Join(rows, "\n")
}

// reconcile runs the command on a channel and today's statement, and returns what it found, and its exit code.
func (w *world) reconcile(channel string) (reconciled, int) {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), filepath.Join(binaries, "causeway"), "reconcile", "--channel", channel,
		"--date", time.Now().UTC().Format(time.DateOnly), "--output", "json", "--config", w.Config)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	var found reconciled
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) || json.Unmarshal(out, &found) != nil {
		w.t.Fatalf("reconcile %s: %v: %s%s", channel, err, out, &complaint)
	}
	return found, cmd.ProcessState.ExitCode()
}

// clean demands that a channel's statement and the books are the same, as soon as what is under way has come to rest.
func (w *world) clean(channel string) reconciled {
	w.t.Helper()
	var found reconciled
	code := 0
	for range 10 {
		if found, code = w.reconcile(channel); code == 0 {
			return found
		}
		time.Sleep(time.Second)
	}
	w.t.Errorf("%s: exit code %d, %d rows, %d matched, and\n%s", channel, code, found.Rows, found.Matched, found)
	return found
}

// TestAHealthyWorldReconciles plays the whole tour on all rails, and holds every channel's statement against the books.
func TestAHealthyWorldReconciles(t *testing.T) {
	t.Parallel()
	started, err := tour.Start(t.Context(), tour.Options{
		Causeway: filepath.Join(binaries, "causeway"), Sandbox: filepath.Join(binaries, "sandbox"), Dir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(started.Stop)
	w := &world{started, t}
	for _, scene := range tour.Scenes() {
		if row := w.Play(t.Context(), scene); row.Err != nil {
			t.Fatalf("%s: %v", scene.Name, row.Err)
		}
	}
	w.node().mine(70) // all of it is final
	for _, channel := range withStatements {
		found := w.clean(channel)
		t.Logf("%s: %d rows, %d matched, %d breaks", channel, found.Rows, found.Matched, len(found.Breaks))
		if found.Rows == 0 {
			t.Errorf("%s: the statement has no rows", channel)
		}
	}
	w.audit()
}

// TestAPlantedBreakIsFound has the acquirer charge a card that nobody asked for.
func TestAPlantedBreakIsFound(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.until(w.pay("healthy", order("")).text("id"), "succeeded")
	if found, code := w.reconcile(acme); code != 0 || found.Rows != 1 || found.Matched != 1 {
		t.Fatalf("exit code %d, %d rows, %d matched, and\n%s", code, found.Rows, found.Matched, found)
	}
	w.control(http.MethodPost, "/control/acquirers/"+acme+"/charges", `{"reference":"att_of_nobody","amount":"12.34","currency":"EUR"}`)
	found, code := w.reconcile(acme)
	if code != 3 || found.String() != "missing_here charge att_of_nobody: 12.34 EUR, not 0.00 EUR" {
		t.Fatalf("exit code %d, and\n%s", code, found)
	}
	w.decideBreak(found.Breaks[0].ID)
	if again, code := w.reconcile(acme); code != 0 || again.Rows != 2 {
		t.Errorf("once it is resolved: exit code %d, %d rows, and\n%s", code, again.Rows, again)
	}
	for account, want := range map[string]string{"suspense:" + acme: "12.34", "channel:" + acme + ":receivable": "111.03"} { // 99.99 - 1.30 + 12.34
		if said := string(w.run("causeway", "ledger", "balance", account, "EUR", "--config", w.Config)); !strings.Contains(said, " "+want+" ") {
			t.Errorf("the balance is %s, want %s", said, want)
		}
	}
	w.audit()
}

// decideBreak has an operator list and take a break over HTTP, and two people book it in suspense.
func (w *world) decideBreak(id string) {
	w.t.Helper()
	ops := func(method, path, body string) answer {
		w.t.Helper()
		a, err := w.call(w.t.Context(), method, w.Gateway+path, w.Operator, "", body)
		if err != nil || a.status != http.StatusOK {
			w.t.Fatalf("%s %s: %d %v: %v", method, path, a.status, a.body, err)
		}
		return a
	}
	listed := ops(http.MethodGet, "/v1/ops/breaks?channel="+acme, "")
	if listed.text("data", 0, "id") != id || listed.text("data", 0, "kind") != "missing_here" {
		w.t.Errorf("listed are %v", listed.body)
	}
	if a := ops(http.MethodPost, "/v1/ops/breaks/"+id+"/assign", `{"owner":"Ann","note":"asked the acquirer"}`); a.text("owner") != "ann" {
		w.t.Errorf("assigned to %v", a.body)
	}
	run := ops(http.MethodPost, "/v1/ops/reconcile", `{"channel":"`+acme+`","date":"`+time.Now().UTC().Format(time.DateOnly)+`"}`)
	if run.text("open") != "1" || run.text("breaks", 0, "owner") != "ann" || run.text("opened") != "0" {
		w.t.Errorf("a run over HTTP finds %v", run.body)
	}
	if a := ops(http.MethodPost, "/v1/ops/breaks/"+id+"/resolve", `{"remedy":"book"}`); a.text("confirmed_by") != "" {
		w.t.Fatalf("one person alone: %v", a.body)
	}
	if a := ops(http.MethodPost, "/v1/ops/breaks/"+id+"/resolve", `{"remedy":"book"}`); a.text("confirmed_by") != "" {
		w.t.Fatalf("the same person twice: %v", a.body)
	}
	if said := string(w.run("causeway", "breaks", "resolve", id, "--remedy", "book", "--by", "bob", "--config", w.Config)); !strings.Contains(said, "confirmed by bob") {
		w.t.Fatalf("two people: %s", said)
	}
	if open := ops(http.MethodGet, "/v1/ops/breaks", ""); open.text("data", 0, "id") != "" {
		w.t.Errorf("still open: %v", open.body)
	}
	w.isBooked(id, "bob")
}

// isBooked demands that a break is listed as booked by two people, of whom one confirmed it.
func (w *world) isBooked(id, by string) {
	w.t.Helper()
	var closed struct {
		Breaks []struct {
			ID, Closed string

			Ruling struct {
				Remedy      string
				ConfirmedBy string `json:"confirmed_by"`
			}
		}
	}
	said := w.run("causeway", "breaks", "--closed", "--output", "json", "--config", w.Config)
	if err := json.Unmarshal(said, &closed); err != nil {
		w.t.Fatalf("%s: %v", said, err)
	}
	for _, b := range closed.Breaks {
		if b.ID == id && b.Closed == "resolved" && b.Ruling.Remedy == "book" && b.Ruling.ConfirmedBy == by {
			return
		}
	}
	w.t.Errorf("%s is not among the closed, booked by %s: %s", id, by, said)
}

// TestALateSuccessOnAStatementIsReversed has an acquirer charge a card under a reference that it was told to refuse, and tell
// nobody: its statement alone shows it. The money goes to suspense and back to the payer, and both sides are the same again.
func TestALateSuccessOnAStatementIsReversed(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.fault(acme, "never_visible")
	id := w.pay("late", order("")).text("id")
	w.until(id, "succeeded")
	w.calm(acme)
	fenced := w.attemptOn(id, acme)
	w.control(http.MethodPost, "/control/acquirers/"+acme+"/charges", `{"reference":"`+fenced+`","amount":"99.99","currency":"EUR"}`)
	found := w.clean(acme)
	if found.Rows < 1 || found.Matched < 1 {
		t.Errorf("%d rows, %d matched", found.Rows, found.Matched)
	}
	rows := ""
	for range 100 {
		if rows = string(w.run("causeway", "ledger", "entries", id, "--config", w.Config)); strings.Count(rows, "suspense:"+acme+" 99.99") == 2 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if strings.Count(rows, "Cr suspense:"+acme+" 99.99") != 1 || strings.Count(rows, "Dr suspense:"+acme+" 99.99") != 1 {
		t.Errorf("the books have\n%s", rows)
	}
	if again := w.clean(acme); again.Rows != 2 || again.Matched < 2 { // the charge and its reversal
		t.Errorf("then %d rows, %d matched, and\n%s", again.Rows, again.Matched, again)
	}
	if p := w.until(id, "succeeded"); p.text("amount_received", "value") != "99.99" {
		t.Errorf("the payment has %v", p.body)
	}
	w.clean(globex)
	w.audit()
}

// attemptOn returns the attempt of a payment on a channel.
func (w *world) attemptOn(id, channel string) string {
	w.t.Helper()
	why := w.insist(http.MethodGet, "/v1/payments/"+id+"/why", "", "")
	attempts, _ := why.body["attempts"].([]any)
	for _, each := range attempts {
		if a, _ := each.(map[string]any); a["channel"] == channel {
			reference, _ := a["id"].(string)
			return reference
		}
	}
	w.t.Fatalf("no attempt on %s: %v", channel, why.body)
	return ""
}
