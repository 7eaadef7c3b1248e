package banklink_test

import (
	"context"
	"errors"
	"fmt"
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
		paid("P1", "10.00"), // told late
		paid("R2", "12.00", takes("")),
		paid("R3", "99.00", takes("")),
		paid("R4", "11.00", text(), takes("P2")), // and does not repeat what the payer wrote
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
		at + "P1 10.00 EUR credited for RF097", // the journal knows that it stays taken back
		at + "P2 11.00 EUR credited for RF097", at + "P1 10.00 EUR orphaned for RF097", at + "P3 12.00 EUR orphaned for RF097",
		at + "R3 99.00 EUR orphaned for RF097", at + "P2 11.00 EUR orphaned for NOTPROVIDED", at + "TX1 17.00 EUR credited for RF097",
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
	if j.Place != `{"`+banktest.Account+`":19,"`+nostro+`":1}` {
		t.Errorf("the place is %s", j.Place)
	}
}

// What comes back of a payout that nobody knows is on our account: it is told as money that arrived, once it is booked.
func TestAReturnOfAnUnknownPayoutIsToldAsMoney(t *testing.T) {
	l, peer := open(t)
	peer.Notify(
		banktest.Account,
		ordered("C1", "49.90", iso20022.Credit, because("AC04"), expected),
		ordered("D1", "49.90", iso20022.Debit),
		ordered("C1", "49.90", iso20022.Credit, because("AC04")),
	)
	j := &banktest.Journal{Refuse: func(call string) error {
		if strings.HasPrefix(call, "moved") {
			return payment.ErrNotFound
		}
		return nil
	}}
	if err := watch(t, l, peer, j); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if r := j.Receipts[banktest.Account+"/C1"]; len(j.Receipts) != 1 || r.State != payment.ReceiptCredited || r.Amount.String() != "49.90 EUR" {
		t.Errorf("told %v", j.Receipts)
	}
	if !strings.Contains(j.Place, `":3`) {
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
