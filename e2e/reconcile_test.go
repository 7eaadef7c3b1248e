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
var withStatements = []string{acme, globex, bankAtHome, bankAbroad, "xb.second", "chain.dev"}

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
}
