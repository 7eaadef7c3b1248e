package banklink_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/banklink/banktest"
	"github.com/causeway-pay/causeway/rails/iso20022"
	"github.com/causeway-pay/causeway/rails/line"
)

const (
	ulid   = "01KB0000000000000000000001"
	nostro = "NOSTRO-USD"
	uetr   = "8a562c67-ca16-48ba-b074-65581be6f001"
)

func config(url string) banklink.Config {
	return banklink.Config{
		Config: line.Config{
			Name: "bank.test", URL: url, Secret: banktest.Secret, CallbackSecret: banktest.CallbackSecret, Timeout: 2 * time.Second,
			Now: func() time.Time { return banktest.Noon },
		},
		BIC: banktest.BIC, Holder: "Causeway Pay GmbH", Poll: 10 * time.Millisecond, Zone: time.UTC,
		Accounts: []banklink.Account{{Currency: "EUR", Number: banktest.Account}, {Currency: "USD", Number: nostro}},
	}
}

func open(t testing.TB) (*banklink.Link, *banktest.Bank) {
	t.Helper()
	peer := banktest.Open(t)
	l, err := banklink.New(config(peer.URL))
	if err != nil {
		t.Fatal(err)
	}
	return l, peer
}

// paid is a credit with a reference of ours.
func paid(reference, amount string, change ...func(*iso20022.Entry)) iso20022.Entry {
	e := iso20022.Entry{
		Amount: money.Must(amount, "EUR"), Direction: iso20022.Credit, Status: iso20022.Booked, BookedAt: "2026-03-02T09:30:00Z",
		ServicerReference: reference, Type: iso20022.EntryType{Proprietary: "ANY"},
		Details: []iso20022.EntryDetails{{Transactions: []iso20022.EntryTransaction{{
			EndToEndID: "E2E", DebtorAccount: iso20022.Account{IBAN: "DE89370400440532013000"},
			Remittance: iso20022.Remittance{References: []iso20022.Reference{iso20022.CreditorReference(banklink.PayTo(7))}},
		}}}},
	}
	for _, each := range change {
		each(&e)
	}
	return e
}

func only(e *iso20022.Entry) *iso20022.EntryTransaction { return &e.Details[0].Transactions[0] }

func expected(e *iso20022.Entry) { e.Status, e.BookedAt = iso20022.Expected, "" }

func text(lines ...string) func(*iso20022.Entry) {
	return func(e *iso20022.Entry) { only(e).Remittance = iso20022.Remittance{Lines: lines} }
}

// takes is the reversal of the credit under a reference.
func takes(reference string) func(*iso20022.Entry) {
	return func(e *iso20022.Entry) {
		e.Direction, e.Reversal = iso20022.Debit, true
		if reference != "" {
			only(e).OwnReferences = []iso20022.OwnReference{{Type: "REVERSED", Value: reference}}
		}
	}
}

// ordered is an entry of a payout of ours.
func ordered(reference, amount string, d iso20022.Direction, change ...func(*iso20022.Entry)) iso20022.Entry {
	return paid(reference, amount, append([]func(*iso20022.Entry){func(e *iso20022.Entry) {
		e.Direction = d
		e.Details[0].Transactions[0] = iso20022.EntryTransaction{EndToEndID: ulid, UETR: uetr}
	}}, change...)...)
}

func because(code string) func(*iso20022.Entry) {
	return func(e *iso20022.Entry) { only(e).Return.Reason.Code.Value = code }
}

// watch runs the watcher until the mailbox is told to its end, or an error.
func watch(t *testing.T, l *banklink.Link, peer *banktest.Bank, j *banktest.Journal) error {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	asked := len(peer.Requests())
	done := make(chan error, 1)
	go func() {
		done <- l.Watch(ctx, j)
		stop()
	}()
	peer.Until(ctx, func(requests []string) bool {
		round := requests[asked:]
		return len(round) >= 4 && strings.Contains(round[len(round)-1], nostro) && quiet(round)
	})
	stop()
	return <-done
}

// quiet reports whether the last two rounds asked for the same: there was nothing new.
func quiet(round []string) bool {
	n := len(round)
	return round[n-1] == round[n-3] && round[n-2] == round[n-4]
}

func TestEveryMovementIsToldAsWhatItIs(t *testing.T) {
	l, peer := open(t)
	peer.Notify(
		banktest.Account,
		paid("P1", "10.00"),
		paid("P2", "11.00", expected),
		paid("P3", "12.00", text("many thanks,", "rf 09 7 and greetings")),
		paid("P4", "13.00", text("RF097 or RF18 5390 0754 7034")),
		paid("P5", "14.00", text("a gift")),
		paid("P6", "15.00", func(e *iso20022.Entry) { e.Details = nil }),
		paid("P7", "16.00", func(e *iso20022.Entry) { only(e).EndToEndID = ulid }), // the payer's id, and none of ours
		paid("P1", "10.00"), // once more
		paid("P2", "11.00"), // and booked
		paid("R1", "10.00", takes("P1")),
		paid("P1", "10.00"), // told late: it stays taken back
		paid("R2", "12.00", takes("")),
		paid("R3", "99.00", takes("")),
		paid("P8", "1.00", func(e *iso20022.Entry) { e.Status = iso20022.Information }),
		paid("B1", "3.00", func(e *iso20022.Entry) { e.Direction = iso20022.Debit }), // the bank's fee
		paid("", "17.00", func(e *iso20022.Entry) { only(e).TransactionID = "TX1" }),
		ordered("D1", "49.90", iso20022.Debit),
		ordered("D2", "49.90", iso20022.Credit, because("AC04")),
	)
	peer.Notify(nostro, ordered("D3", "5.00", iso20022.Credit, func(e *iso20022.Entry) { e.Amount, e.Reversal = money.Must("5.00", "USD"), true }))
	peer.Pages(2)
	j := &banktest.Journal{}
	if err := watch(t, l, peer, j); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	const at = "arrived " + banktest.Account + "/"
	want := []string{
		at + "P1 10.00 EUR credited for RF097", at + "P2 11.00 EUR seen for RF097", at + "P3 12.00 EUR credited for RF097",
		at + "P4 13.00 EUR credited for RF097 or RF18 5390 0754 7034", at + "P5 14.00 EUR credited for a gift",
		at + "P6 15.00 EUR credited for NOTPROVIDED", at + "P7 16.00 EUR credited for RF097", at + "P1 10.00 EUR credited for RF097",
		at + "P2 11.00 EUR credited for RF097", at + "P1 10.00 EUR orphaned for RF097", at + "P3 12.00 EUR orphaned for RF097",
		at + "R3 99.00 EUR orphaned for RF097", at + "TX1 17.00 EUR credited for RF097",
		"moved att_" + ulid, "moved att_" + ulid, "moved att_" + ulid,
	}
	var got []string
	for _, call := range j.Calls() {
		if !strings.HasPrefix(call, "advance") {
			got = append(got, call)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if r := j.Receipts[banktest.Account+"/P5"]; r.Sender != "DE89370400440532013000" || r.Tx != "E2E" || r.At.Format(time.RFC3339) != "2026-03-02T09:30:00Z" {
		t.Errorf("%+v", r)
	}
	if j.Place != `{"`+banktest.Account+`":18,"`+nostro+`":1}` {
		t.Errorf("the place is %s", j.Place)
	}
}

// TestCrashPoints breaks the watch off at each call of the journal, and starts another watcher from what was remembered.
// Whatever was told twice, each transfer counts once and none is missing.
func TestCrashPoints(t *testing.T) {
	crash := errors.New("crash")
	for at := 1; ; at++ {
		_, peer := open(t)
		peer.Pages(3)
		for i := range 8 {
			peer.Notify(banktest.Account, paid(fmt.Sprintf("P%d", i), "1.00"), ordered(fmt.Sprintf("D%d", i), "1.00", iso20022.Debit))
		}
		calls, crashed := 0, false
		j := &banktest.Journal{Refuse: func(string) error {
			if calls++; calls == at {
				crashed = true
				return crash
			}
			return nil
		}}
		for restarts := 0; ; restarts++ {
			again, err := banklink.New(config(peer.URL))
			if err != nil {
				t.Fatal(err)
			}
			if err := watch(t, again, peer, j); errors.Is(err, context.Canceled) {
				break
			} else if !errors.Is(err, crash) || restarts > 2 {
				t.Fatal(err)
			}
		}
		if len(j.Receipts) != 8 || j.Place != `{"`+banktest.Account+`":16}` {
			t.Errorf("crashed at call %d: %d receipts, place %s", at, len(j.Receipts), j.Place)
		}
		moved := 0
		for _, call := range j.Calls() {
			if strings.HasPrefix(call, "moved") {
				moved++
			}
		}
		if moved < 8 {
			t.Errorf("crashed at call %d: moved %d times", at, moved)
		}
		if !crashed {
			break
		}
	}
}

func TestAMailboxThatCannotBeReadStopsTheWatch(t *testing.T) {
	other := banktest.XML(nil, banktest.Notification(nostro, paid("P1", "1.00")))
	next := func(a banktest.Answer, n string) banktest.Answer {
		a.Header = http.Header{"Next-After": {n}}
		return a
	}
	of := func(entries ...iso20022.Entry) banktest.Answer {
		return next(banktest.XML(nil, banktest.Notification(banktest.Account, entries...)), "1")
	}
	two := func(first, second string) iso20022.Entry {
		return paid("", "3.00", func(e *iso20022.Entry) {
			e.Details[0].Transactions = []iso20022.EntryTransaction{
				{TransactionID: first, Amount: money.Must("1.00", "EUR")}, {TransactionID: second, Amount: money.Must("1.50", "EUR")},
			}
		})
	}
	cases := map[string]banktest.Answer{
		"of another account":          next(other, "1"),
		"in another currency":         of(paid("P1", "1.00", func(e *iso20022.Entry) { e.Amount = money.Must("1.00", "USD") })),
		"without a place":             banktest.XML(nil, banktest.Notification(banktest.Account, paid("P1", "1.00"))),
		"that does not go on":         next(of(paid("P1", "1.00")), "0"),
		"that goes back":              next(of(paid("P1", "1.00")), "-1"),
		"without an identity":         of(paid("", "1.00", func(e *iso20022.Entry) { e.Details = nil })),
		"a batch that does not sum":   of(two("A", "B")),
		"a batch without an identity": of(two("A", "")),
		"another message":             next(banktest.XML(nil, &iso20022.InitiationStatus{MessageID: "S1", CreatedAt: iso20022.At(banktest.Noon), Original: iso20022.Original{MessageID: "M", Message: iso20022.Pain001}}), "1"),
		"an end by somebody else":     {Status: http.StatusNoContent},
		"an end elsewhere":            next(banktest.Answer{Status: http.StatusNoContent}, "5"),
	}
	maps.Copy(cases, banktest.Faults)
	for name, answer := range cases {
		l, peer := open(t)
		peer.Say("GET /notifications/"+banktest.Account, answer)
		j := &banktest.Journal{}
		err := l.Watch(t.Context(), j)
		if err == nil || len(j.Calls()) > 0 || strings.Contains(err.Error(), banktest.Secret) {
			t.Errorf("%s: %v, told %v", name, err, j.Calls())
		}
	}
	for _, place := range []string{"12", `{"a":-1}`, `{"a":"b"}`, "[]"} {
		l, peer := open(t)
		if err := l.Watch(t.Context(), &banktest.Journal{Place: place}); err == nil || len(peer.Requests()) > 0 {
			t.Errorf("goes on from %s", place)
		}
	}
}

func TestABatchIsToldPaymentByPayment(t *testing.T) {
	l, peer := open(t)
	peer.Notify(banktest.Account, paid("B1", "3.00", func(e *iso20022.Entry) {
		e.Details[0].Transactions = []iso20022.EntryTransaction{
			{ServicerReference: "S1", Amount: money.Must("1.00", "EUR"), Remittance: only(e).Remittance},
			{Amount: money.Must("2.00", "EUR"), Remittance: iso20022.Remittance{Lines: []string{"rent"}}},
		}
	}))
	j := &banktest.Journal{}
	if err := watch(t, l, peer, j); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if j.PayTo[banktest.Account+"/S1"] != "RF097" || j.PayTo[banktest.Account+"/B1.2"] != "rent" {
		t.Errorf("%v", j.Calls())
	}
}

func TestSeen(t *testing.T) {
	for name, row := range map[string]struct {
		mail []iso20022.Entry
		want bool
	}{
		"nothing": {nil, false}, "others": {[]iso20022.Entry{paid("P1", "1.00", text("RF18539007547034"))}, false},
		"booked": {[]iso20022.Entry{paid("P1", "1.00")}, true}, "expected": {[]iso20022.Entry{paid("P1", "1.00", expected)}, true},
		"taken back":            {[]iso20022.Entry{paid("P1", "1.00"), paid("R1", "1.00", takes("P1"))}, false},
		"one of two taken back": {[]iso20022.Entry{paid("P1", "1.00"), paid("R1", "1.00", takes("P1")), paid("P2", "1.00")}, true},
		"about to be taken":     {[]iso20022.Entry{paid("P1", "1.00"), paid("R1", "1.00", takes("P1"), expected)}, true},
	} {
		l, peer := open(t)
		peer.Pages(1)
		peer.Notify(banktest.Account, row.mail...)
		if got, err := l.Seen(t.Context(), banktest.Noon, banklink.PayTo(7)); got != row.want || err != nil {
			t.Errorf("%s: %t (%v)", name, got, err)
		}
	}
}

// TestWhatWasReadBefore: a watcher that goes on from where it was has not read what came before, which a question about
// something older must look through.
func TestWhatWasReadBefore(t *testing.T) {
	l, peer := open(t)
	peer.Pages(1)
	peer.Notify(banktest.Account, paid("P1", "1.00"), ordered("D1", "2.00", iso20022.Debit), paid("P2", "1.00"))
	j := &banktest.Journal{Place: `{"` + banktest.Account + `":2}`}
	if err := watch(t, l, peer, j); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	a := payment.Attempt{ID: "att_" + ulid, Amount: money.Must("2.00", "EUR"), CreatedAt: banktest.Noon.Add(-time.Hour)}
	if trail, err := l.Trail(t.Context(), a); err != nil || trail.Debits != 1 {
		t.Errorf("of before: %+v (%v)", trail, err)
	}
	asked := len(peer.Requests())
	a.CreatedAt = banktest.Noon.Add(time.Hour)
	if _, err := l.Trail(t.Context(), a); err != nil || len(peer.Requests()) != asked+1 {
		t.Errorf("of after: asked %d times (%v)", len(peer.Requests())-asked, err)
	}
}
