package e2e

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the books are opened behind the gateway's back
)

// TestABrokenInvariantHaltsPayouts alters a posting behind the gateway's back. Within seconds payouts wait, operators are told
// in every way, and two people let them go on once it is mended: each goes out once.
func TestABrokenInvariantHaltsPayouts(t *testing.T) {
	t.Parallel()
	w := start(t)
	told := make(chan string, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		select {
		case told <- string(body):
		default:
		}
	}))
	t.Cleanup(hook.Close)
	ops := w.as(w.Operator)
	if a := ops.insist(http.MethodPost, "/v1/ops/webhook_endpoints", "", `{"url":"`+hook.URL+`"}`); a.status != http.StatusCreated {
		t.Fatalf("operators' endpoint: %d %v", a.status, a.body)
	}
	w.Key = w.Payer
	w.until(w.pay("funds", `{"amount":{"value":"300.00","currency":"EUR"},"settlement_currency":"EUR","method":{"type":"card","card":{"token":"tok_visa"}}}`).text("id"), "succeeded")
	before := w.payout(1, "before")
	w.see("/v1/payouts/"+w.insist(http.MethodPost, "/v1/payouts", before.key, before.body).text("id"), "paid")
	if a := ops.knows("operational"); a.text("pass", "last_ended_at") == "" {
		t.Errorf("no pass has ended: %v", a.body)
	}

	books := w.books()
	posting := books.alter()
	began := time.Now()
	broken := ops.knows("halted")
	t.Logf("halted %s after a posting was altered: %s", time.Since(began).Round(100*time.Millisecond), broken.text("halt", "reason"))
	if text := fmt.Sprint(broken.body); !strings.Contains(text, "does not sum to zero") || !strings.Contains(text, "does not follow from the one before") {
		t.Errorf("found: %s", text)
	}
	out := w.payout(2, "halted")
	p := w.insist(http.MethodPost, "/v1/payouts", out.key, out.body)
	path := "/v1/payouts/" + p.text("id")
	if p.text("status") != "processing" || p.text("exceptions", 0) != "halted" || p.text("last_error", "code") != "halted" {
		t.Errorf("a payout meanwhile: %v", p.body)
	}
	if why := w.insist(http.MethodGet, path+"/why", "", ""); why.text("decisions", 0, "stopped") != "halted" {
		t.Errorf("why: %v", why.body)
	}
	for _, want := range []string{`causeway_invariant_broken{invariant="I4"} 1`, `causeway_invariant_broken{invariant="I12"} 1`, `causeway_invariant_broken{invariant="I6"} 1`, `causeway_invariant_broken{invariant="I3"} 0`, "causeway_payouts_halted 1"} {
		w.measures(want)
	}
	if state := w.insist(http.MethodGet, "/status", "", ""); state.text("payouts") != "halted" {
		t.Errorf("status: %v", state.body)
	}
	select {
	case event := <-told:
		if !strings.Contains(event, `"invariant.broken"`) || !strings.Contains(event, "does not sum to zero") {
			t.Errorf("told %s", event)
		}
	case <-time.After(time.Minute):
		t.Error("no event came")
	}
	if code, said := w.audited("--offline"); code != 3 || !strings.Contains(said, "does not sum to zero") {
		t.Errorf("the audit exits with %d:\n%s", code, said)
	}

	w.StopGateway() // it is stored: whoever comes next waits as well
	w.again()
	time.Sleep(2 * time.Second)
	if got := w.insist(http.MethodGet, path, "", ""); got.text("status") != "processing" || w.node().count(w.node().wallet()) != 1 {
		t.Errorf("after a restart: %v", got.body)
	}
	books.restore(posting)
	ops.mended()
	for _, by := range []string{"ada", "ada", "bob"} {
		if w.insist(http.MethodGet, path, "", "").text("status") != "processing" {
			t.Errorf("the payout left before two people agreed")
		}
		w.run("causeway", "halts", "lift", "payouts", "--by", by, "--note", "posting restored from the backup", "--config", w.Config)
	}
	w.see(path, "paid")
	if found := w.node().transfers(out.beneficiary); len(found) != 1 {
		t.Errorf("paid %d times", len(found))
	}
	ops.knows("operational")
	w.measures("causeway_payouts_halted 0")
	w.audit()
}

// knows asks what the audit knows until it says so of payouts, and an audit has ended.
func (w *world) knows(payouts string) answer {
	w.t.Helper()
	var last answer
	for range 300 {
		last = w.insist(http.MethodGet, "/v1/ops/invariants", "", "")
		if last.text("payouts") == payouts && last.text("pass", "last_ended_at") != "" {
			return last
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.t.Fatalf("payouts are %s, not %s: %v", last.text("payouts"), payouts, last.body)
	return last
}

// mended waits until the audit finds nothing any more.
func (w *world) mended() {
	w.t.Helper()
	said := ""
	for range 300 {
		if said = fmt.Sprint(w.insist(http.MethodGet, "/v1/ops/invariants", "", "").body["invariants"]); !strings.Contains(said, "status:broken") {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.t.Fatalf("still broken: %s", said)
}

// measures reads the metrics until one of them is as wanted.
func (w *world) measures(want string) {
	w.t.Helper()
	text := ""
	for range 100 {
		reply, err := http.Get(w.Admin + "/metrics")
		if err != nil {
			w.t.Fatal(err)
		}
		body, err := io.ReadAll(reply.Body)
		_ = reply.Body.Close()
		if text = string(body); err == nil && strings.Contains(text, want+"\n") {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(line, strings.SplitN(want, " ", 2)[0]) {
			w.t.Log(line)
		}
	}
	w.t.Errorf("the metrics do not say %s", want)
}

// ledgerFile is the gateway's database, opened by somebody who should not.
type ledgerFile struct {
	*sql.DB

	t *testing.T
}

func (w *world) books() ledgerFile {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(filepath.Dir(w.Config), "causeway.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = db.Close() })
	return ledgerFile{db, w.t}
}

func (f ledgerFile) run(text string, args ...any) {
	f.t.Helper()
	if _, err := f.Exec(text, args...); err != nil {
		f.t.Fatalf("%s: %v", text, err)
	}
}

// altered is a posting as it was.
type altered struct {
	entry  string
	amount string
}

// alter changes an amount in the first entry that was sealed, as soon as there is one.
func (f ledgerFile) alter() altered {
	f.t.Helper()
	var was altered
	err := sql.ErrNoRows
	for tries := 0; errors.Is(err, sql.ErrNoRows) && tries < 300; tries++ {
		time.Sleep(100 * time.Millisecond)
		err = f.QueryRow(`SELECT p.entry, p.amount FROM seals s JOIN postings p ON p.entry = s.entry AND p.no = 1 ORDER BY s.no LIMIT 1`).Scan(&was.entry, &was.amount)
	}
	if err != nil {
		f.t.Fatal(err)
	}
	f.run(`DROP TRIGGER postings_no_update`)
	f.run(`UPDATE postings SET amount = '123456.78' WHERE entry = ? AND no = 1`, was.entry)
	return was
}

func (f ledgerFile) restore(was altered) {
	f.t.Helper()
	f.run(`UPDATE postings SET amount = ? WHERE entry = ? AND no = 1`, was.amount, was.entry)
	f.run(`CREATE TRIGGER postings_no_update BEFORE UPDATE ON postings BEGIN SELECT RAISE(ABORT, 'postings is append-only'); END`)
}
