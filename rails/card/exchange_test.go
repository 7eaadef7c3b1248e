package card_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/card"
)

// rule separates request, answer and result of a golden exchange.
const rule = "\n------\n"

var exchanges = map[string]func(t *testing.T, a *card.Acquirer) string{
	"charge": func(t *testing.T, a *card.Acquirer) string {
		return told(a.Send(t.Context(), sale(payment.CaptureAutomatic), attempt))
	},
	"charge-declined": func(t *testing.T, a *card.Acquirer) string {
		return told(a.Send(t.Context(), sale(payment.CaptureAutomatic), attempt))
	},
	"charge-challenge": func(t *testing.T, a *card.Acquirer) string {
		p := sale(payment.CaptureAutomatic)
		p.Order.ReturnURL = "https://shop.example/back?a=1&b=2"
		return told(a.Send(t.Context(), p, attempt))
	},
	"charge-turned-away": func(t *testing.T, a *card.Acquirer) string {
		return told(a.Send(t.Context(), sale(payment.CaptureAutomatic), attempt))
	},
	"charge-simulate": func(t *testing.T, a *card.Acquirer) string {
		p := sale(payment.CaptureAutomatic)
		p.Mode, p.Order.Simulate = payment.Test, "dup_callback"
		return told(a.Send(t.Context(), p, attempt))
	},
	"charge-live": func(t *testing.T, a *card.Acquirer) string { // whatever an order says, only test money is simulated
		p := sale(payment.CaptureAutomatic)
		p.Order.Simulate = "dup_callback"
		return told(a.Send(t.Context(), p, attempt))
	},
	"charge-yen": func(t *testing.T, a *card.Acquirer) string {
		at := attempt
		at.Amount = money.Must("5000", "JPY")
		return told(a.Send(t.Context(), sale(payment.CaptureAutomatic), at))
	},
	"authorize": func(t *testing.T, a *card.Acquirer) string {
		return told(a.Send(t.Context(), sale(payment.CaptureManual), attempt))
	},
	"inquire":           func(t *testing.T, a *card.Acquirer) string { return told(a.Check(t.Context(), attempt)) },
	"inquire-not-found": func(t *testing.T, a *card.Acquirer) string { return told(a.Check(t.Context(), attempt)) },
	"cancel":            func(t *testing.T, a *card.Acquirer) string { return told(a.Cancel(t.Context(), attempt)) },
	"cancel-too-late":   func(t *testing.T, a *card.Acquirer) string { return told(a.Cancel(t.Context(), attempt)) },
	"capture": func(t *testing.T, a *card.Acquirer) string {
		return told(a.Capture(t.Context(), attempt, part("cap_1", payment.Capture)))
	},
	"capture-final": func(t *testing.T, a *card.Acquirer) string {
		o := part("cap_2", payment.Capture)
		o.Final = true
		return told(a.Capture(t.Context(), attempt, o))
	},
	"refund": func(t *testing.T, a *card.Acquirer) string {
		return told(a.Refund(t.Context(), attempt, part("ref_1", payment.Refund)))
	},
	"reversal": func(t *testing.T, a *card.Acquirer) string {
		return told(a.Refund(t.Context(), attempt, part("orp_1", payment.Reversal)))
	},
	"inquire-capture": func(t *testing.T, a *card.Acquirer) string {
		return told(a.CheckOperation(t.Context(), attempt, part("cap_1", payment.Capture)))
	},
	"inquire-refund": func(t *testing.T, a *card.Acquirer) string {
		return told(a.CheckOperation(t.Context(), attempt, part("ref_1", payment.Refund)))
	},
	"probe": func(t *testing.T, a *card.Acquirer) string { return fmt.Sprintf("error: %v", a.Probe(t.Context())) },
	"statement": func(t *testing.T, a *card.Acquirer) string {
		// the day is the one in UTC, whatever the zone of the moment
		statement, err := a.Statement(t.Context(), time.Date(2026, 3, 3, 0, 30, 0, 0, time.FixedZone("", 3600)))
		text := ""
		for _, row := range statement.Movements {
			text += fmt.Sprintf("%s %s of %s: %s at %s\n", row.Kind, row.Reference, row.Charge, row.Amount, row.BookedAt.Format(time.RFC3339))
		}
		return text + fmt.Sprintf("error: %v", err)
	},
}

// TestExchanges holds each call against its golden exchange: the request as it went out, an answer as the provider gives
// it, and what the adapter said. With UPDATE_GOLDEN=1 requests and results are written anew.
func TestExchanges(t *testing.T) {
	files, err := filepath.Glob("testdata/exchanges/*.txt")
	if err != nil || len(files) != len(exchanges) {
		t.Fatalf("%d golden files for %d exchanges (%v)", len(files), len(exchanges), err)
	}
	for name, call := range exchanges {
		file := filepath.Join("testdata", "exchanges", name+".txt")
		golden, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
			continue
		}
		parts := strings.Split(string(golden), rule)
		if len(parts) != 3 {
			t.Errorf("%s has %d parts, want request, answer and result", file, len(parts))
			continue
		}
		request, result := exchange(t, parts[1], call)
		if now := request + rule + parts[1] + rule + result + "\n"; os.Getenv("UPDATE_GOLDEN") != "" {
			if err := os.WriteFile(file, []byte(now), 0o600); err != nil {
				t.Error(err)
			}
		} else if now != string(golden) {
			t.Errorf("%s: now\n%s", file, now)
		}
	}
}

// exchange makes a call that gets this answer, a status and a body, and returns the request and what the adapter said.
func exchange(t *testing.T, answer string, call func(*testing.T, *card.Acquirer) string) (request, result string) {
	t.Helper()
	first, body, _ := strings.Cut(answer, "\n")
	status, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host = "acquirer.example"
		dump, err := httputil.DumpRequest(r, true)
		if err != nil {
			t.Error(err)
		}
		request += strings.TrimSpace(strings.ReplaceAll(string(dump), "\r\n", "\n"))
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	defer server.Close()
	a, err := card.New(config(server.URL + "/acme/"))
	if err != nil {
		t.Fatal(err)
	}
	result = call(t, a)
	return request, result
}

func sale(mode payment.CaptureMode) payment.Payment {
	return payment.Payment{
		Mode: payment.Live, Order: payment.Order{Capture: mode}, Method: payment.Method{Type: payment.MethodCard, Token: "tok_visa"},
	}
}

func part(id string, kind payment.OperationKind) payment.Operation {
	return payment.Operation{ID: id, Kind: kind, Amount: money.Must("20.00", "EUR")}
}

// told is all that the adapter said.
func told(r payment.Result, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	lines := []string{"outcome: " + r.Outcome.String()}
	add := func(name, value string) {
		if value != "" {
			lines = append(lines, name+": "+value)
		}
	}
	add("reason", string(r.Reason))
	add("provider id", r.ProviderID)
	add("provider code", r.ProviderCode)
	if !r.Amount.IsZero() {
		add("amount", r.Amount.String())
	}
	if r.NotFound {
		add("not found", "true")
	}
	add("challenge", r.ChallengeURL)
	if !r.ExpiresAt.IsZero() {
		add("expires", r.ExpiresAt.Format(time.RFC3339))
	}
	return strings.Join(lines, "\n")
}
