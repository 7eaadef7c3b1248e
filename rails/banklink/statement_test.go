package banklink_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/banklink/banktest"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

const bookedOn = "2026-03-02"

// camt053 is the statement of the home account: a credit, a payout of ours with its charge, and a credit that is taken back.
func camt053(change ...func(*iso20022.AccountReport)) *iso20022.AccountReport {
	balance := func(code, value string) iso20022.Balance {
		return iso20022.Balance{Type: iso20022.Code{Value: code}, Amount: money.Must(value, "EUR"), Direction: iso20022.Credit, Date: bookedOn}
	}
	ordered := func(e *iso20022.Entry) {
		e.Direction, e.Details[0].Transactions[0].EndToEndID = iso20022.Debit, ulid
	}
	r := &iso20022.AccountReport{
		Message: iso20022.Camt053, MessageID: "S1", CreatedAt: "2026-03-03T02:00:00Z",
		Accounts: []iso20022.AccountStatement{{
			ID: "S1", CreatedAt: "2026-03-03T02:00:00Z", Account: iso20022.Account{IBAN: banktest.Account},
			Balances: []iso20022.Balance{balance("OPBD", "100.00"), balance("CLBD", "63.00")},
			Entries: []iso20022.Entry{
				paid("SB1", "10.00"), paid("SB2", "30.00", ordered),
				paid("SB3", "12.00", ordered, func(e *iso20022.Entry) { e.Type.Domain, e.Type.Family, e.Type.SubFamily = "PMNT", "ICDT", "CHRG" }),
				paid("SB4", "5.00", func(e *iso20022.Entry) {
					e.Direction, e.Reversal = iso20022.Debit, true
					e.Details[0].Transactions[0].OwnReferences = []iso20022.OwnReference{{Type: "REVERSED", Value: "SB0"}}
				}),
				paid("SB5", "7.00", func(e *iso20022.Entry) { e.Status = iso20022.Expected }),
			},
		}},
	}
	for _, each := range change {
		each(r)
	}
	return r
}

// stating returns a link to a bank that answers every question for a statement so.
func stating(t *testing.T, status int, body func() []byte) *banklink.Link {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/statements/"+banktest.Account+"/"+bookedOn {
			t.Errorf("asked for %s", r.URL.Path)
		}
		w.WriteHeader(status)
		_, _ = w.Write(body())
	}))
	t.Cleanup(server.Close)
	c := config(server.URL)
	c.Accounts = c.Accounts[:1]
	l, err := banklink.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestAStatementNamesWhatEachRowIsOf(t *testing.T) {
	l := stating(t, http.StatusOK, func() []byte { return written(t, camt053()) })
	s, err := l.Statement(t.Context(), time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, m := range s.Movements {
		rows = append(rows, fmt.Sprintf("%s %s %s", m.Kind, strings.TrimPrefix(m.Reference, banktest.Account+"/"), m.Amount.Value()))
	}
	want := "credit SB1 10.00; payout att_" + ulid + " 30.00; fee att_" + ulid + " 12.00; taken SB0 5.00"
	if got := strings.Join(rows, "; "); got != want {
		t.Errorf("rows are %s, want %s", got, want)
	}
	covers := fmt.Sprintf("%v from %s to %s", s.Closing, s.From.Format(time.RFC3339), s.Until.Format(time.RFC3339))
	if covers != "[63.00 EUR] from 2026-03-02T00:00:00Z to 2026-03-03T00:00:00Z" {
		t.Errorf("it covers %s", covers)
	}
}

func TestAStatementWithAHoleProvesNothing(t *testing.T) {
	day := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for name, change := range map[string]func(*iso20022.AccountReport){
		"an entry is missing":   func(r *iso20022.AccountReport) { r.Accounts[0].Entries = r.Accounts[0].Entries[1:] },
		"no closing balance":    func(r *iso20022.AccountReport) { r.Accounts[0].Balances = r.Accounts[0].Balances[:1] },
		"a balance in dollars":  func(r *iso20022.AccountReport) { r.Accounts[0].Balances[0].Amount = money.Must("100.00", "USD") },
		"the first page of two": func(r *iso20022.AccountReport) { r.Accounts[0].Page = iso20022.Page{Number: 1} },
		"another day": func(r *iso20022.AccountReport) {
			r.Accounts[0].From, r.Accounts[0].To = "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"
		},
		"another account":          func(r *iso20022.AccountReport) { r.Accounts[0].Account.IBAN = "DE89370400440532013000" },
		"no statement but reports": func(r *iso20022.AccountReport) { r.Message = iso20022.Camt052 },
	} {
		l := stating(t, http.StatusOK, func() []byte { return written(t, camt053(change)) })
		if s, err := l.Statement(t.Context(), day); err == nil || s.Movements != nil {
			t.Errorf("%s: %d rows (%v)", name, len(s.Movements), err)
		}
	}
	none := stating(t, http.StatusNotFound, func() []byte { return []byte(`{"code":"not_found"}`) })
	if _, err := none.Statement(t.Context(), day); !errors.Is(err, rails.ErrNoStatement) {
		t.Errorf("no statement: %v", err)
	}
	lost := stating(t, http.StatusNotFound, func() []byte { return nil })
	if _, err := lost.Statement(t.Context(), day); err == nil || errors.Is(err, rails.ErrNoStatement) {
		t.Errorf("a bare 404: %v", err)
	}
}

func written(t *testing.T, m iso20022.Message) []byte {
	t.Helper()
	body, err := iso20022.Write(nil, m)
	if err != nil {
		t.Fatal(err)
	}
	return body
}
