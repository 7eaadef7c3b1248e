package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/audit"
	"github.com/causeway-pay/causeway/halt"
	"github.com/causeway-pay/causeway/payment"
)

// TestAnOperatorReadsWhatTheAuditKnows: what holds, what is broken and since when, why payouts are halted, and who wants to
// lift that. It is nobody else's business, and neither is the event of it.
func TestAnOperatorReadsWhatTheAuditKnows(t *testing.T) {
	l := newLab(t)
	const path = "/v1/ops/invariants"
	if first := l.do(http.MethodGet, path, l.op, "", ""); first.Code != http.StatusOK || first.at("payouts") != "operational" || !strings.Contains(first.Body.String(), `"status":"not_checked_yet"`) {
		t.Errorf("before the first pass: %d %s", first.Code, first.Body)
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	if err := l.db.SaveCursor(t.Context(), "audit", `{"last_began":"2026-11-30T12:00:00Z","last_ended":"2026-11-30T12:01:00Z","last":{"I1":7}}`, now); err != nil {
		t.Fatal(err)
	}
	event := payment.Event{ID: "evt_1", Type: payment.EventInvariantBroken, Mode: payment.Test, At: now, Data: []byte(`{"object":"findings"}`)}
	fault := audit.Finding{Fault: audit.Fault{Invariant: "I4", Text: "entry e does not sum to zero: 1.00 EUR"}, Part: "seals", FoundAt: now}
	if fresh, err := l.db.Find(t.Context(), []audit.Finding{fault}, event, 10); err != nil || len(fresh) != 1 {
		t.Fatalf("%v, %v", fresh, err)
	}
	if _, err := halt.Lift(t.Context(), l.db, halt.Payouts, "Ada", "restored", now); err != nil {
		t.Fatal(err)
	}
	got := l.do(http.MethodGet, path, l.op, "", "")
	for _, want := range []string{
		`"payouts":"halted"`, `"reason":"I4: entry e does not sum to zero: 1.00 EUR"`, `"lift_proposed_by":"ada"`, `"lift_note":"restored"`,
		`"last_ended_at":"2026-11-30T12:01:00.000Z"`, `"status":"holds","checked":7,"broken":0,"findings":[]`,
		`"status":"broken","checked":0,"broken":1,"findings":[{"fault":"entry e does not sum to zero: 1.00 EUR","found_at":"`,
	} {
		if !strings.Contains(got.Body.String(), want) {
			t.Errorf("%s is not in %s", want, got.Body)
		}
	}
	if events := l.do(http.MethodGet, "/v1/ops/events", l.op, "", ""); !strings.Contains(events.Body.String(), `"type":"invariant.broken"`) {
		t.Errorf("operators' events: %s", events.Body)
	}
	if events := l.do(http.MethodGet, "/v1/events", l.key, "", ""); strings.Contains(events.Body.String(), "invariant.broken") {
		t.Errorf("merchants' events: %s", events.Body)
	}
	for _, at := range []string{path, "/v1/ops/events", "/v1/ops/webhook_endpoints"} {
		if refused := l.do(http.MethodGet, at, l.key, "", ""); refused.Code != http.StatusForbidden {
			t.Errorf("a merchant at %s: %d", at, refused.Code)
		}
	}
}

// TestOperatorsHaveEndpointsOfTheirOwn: no merchant sees them, and theirs are not among them.
func TestOperatorsHaveEndpointsOfTheirOwn(t *testing.T) {
	l := newLab(t)
	made := l.do(http.MethodPost, "/v1/ops/webhook_endpoints", l.op, "", `{"url":"https://ops.example/hook","events":["invariant.broken"]}`)
	if made.Code != http.StatusCreated || made.at("secret") == "" {
		t.Fatalf("%d %s", made.Code, made.Body)
	}
	if list := l.do(http.MethodGet, "/v1/ops/webhook_endpoints", l.op, "", ""); !strings.Contains(list.Body.String(), `"url":"https://ops.example/hook"`) {
		t.Errorf("%s", list.Body)
	}
	if list := l.do(http.MethodGet, "/v1/webhook_endpoints", l.key, "", ""); strings.Contains(list.Body.String(), "ops.example") {
		t.Errorf("a merchant sees %s", list.Body)
	}
	if gone := l.do(http.MethodDelete, "/v1/ops/webhook_endpoints/"+made.at("id"), l.op, "", ""); gone.Code != http.StatusNoContent {
		t.Errorf("deleted: %d %s", gone.Code, gone.Body)
	}
}
