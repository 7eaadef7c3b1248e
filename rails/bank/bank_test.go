package bank_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/bank"
	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/banklink/banktest"
	"github.com/causeway-pay/causeway/rails/iso20022"
	"github.com/causeway-pay/causeway/rails/line"
)

const (
	ulid     = "01KB0000000000000000000001"
	lookup   = "GET /payments/" + ulid
	messages = "POST /iso20022"
	mailbox  = "GET /notifications/"
)

func config(url string) bank.Config {
	return bank.Config{
		Config: banklink.Config{
			Config: line.Config{
				Name: "bank.sandbox-eur", URL: url, Secret: banktest.Secret, CallbackSecret: banktest.CallbackSecret, Timeout: 2 * time.Second,
				PreExecutionCodes: []string{"invalid_request", "unauthorized", "channel_closed"},
				Capabilities:      payment.Capabilities{Replay: 24 * time.Hour, Inquiry: true, Fence: true},
				Now:               func() time.Time { return banktest.Noon },
			},
			BIC: banktest.BIC, Holder: "Causeway Pay GmbH", Poll: time.Second,
			Accounts: []banklink.Account{{Currency: "EUR", Number: banktest.Account}},
		},
		Calendar: "ecb", Cutoff: "16:00 Europe/Berlin",
	}
}

func open(t testing.TB, change func(*bank.Config)) (*bank.Bank, *banktest.Bank) {
	t.Helper()
	peer := banktest.Open(t)
	c := config(peer.URL)
	if change != nil {
		change(&c)
	}
	b, err := bank.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return b, peer
}

var beneficiary = payment.Beneficiary{Name: "Erika Mustermann", Country: "DE", Account: "DE89 3704 0044 0532 0130 00", Agent: "COBADEFFXXX"}

func payout() (payment.Payment, payment.Attempt) {
	to := beneficiary
	p := payment.Payment{
		Direction: fx.Send, Mode: payment.Test, Method: payment.Method{Type: payment.MethodBankTransfer},
		Order: payment.Order{Beneficiary: &to, Reference: "invoice 18"},
	}
	return p, payment.Attempt{ID: "att_" + ulid, Amount: money.Must("49.90", "EUR"), CreatedAt: banktest.Noon}
}

func collection() (payment.Payment, payment.Attempt) {
	a := payment.Attempt{ID: "att_" + ulid, Number: 7, Amount: money.Must("49.90", "EUR"), CreatedAt: banktest.Noon}
	return payment.Payment{Direction: fx.Collect}, a
}

// status is a pain.002 about the payout, as a bank gives it.
func status(s iso20022.Status, code string, change ...func(*iso20022.InitiationStatus)) banktest.Answer {
	var reasons []iso20022.Reason
	if code != "" {
		reasons = []iso20022.Reason{{Code: iso20022.Code{Value: code}}}
	}
	m := &iso20022.InitiationStatus{
		MessageID: "S1", CreatedAt: iso20022.At(banktest.Noon), Original: iso20022.Original{MessageID: ulid, Message: iso20022.Pain001},
		Status: s, Payments: []iso20022.PaymentStatus{{PaymentID: ulid, Transactions: []iso20022.TransactionStatus{{
			Original: iso20022.Original{InstructionID: ulid, EndToEndID: ulid, Amount: money.Must("49.90", "EUR")}, Status: s,
			Reasons: reasons, ServicerReference: "SB1",
		}}}},
	}
	for _, each := range change {
		each(m)
	}
	return banktest.XML(nil, m)
}

func transaction(m *iso20022.InitiationStatus) *iso20022.TransactionStatus {
	return &m.Payments[0].Transactions[0]
}

// booked is an entry of the payout.
func booked(reference, amount string, d iso20022.Direction, change ...func(*iso20022.Entry)) iso20022.Entry {
	e := iso20022.Entry{
		Amount: money.Must(amount, "EUR"), Direction: d, Status: iso20022.Booked, BookedAt: "2026-03-02", ServicerReference: reference,
		Type:    iso20022.EntryType{Proprietary: "ANY"},
		Details: []iso20022.EntryDetails{{Transactions: []iso20022.EntryTransaction{{EndToEndID: ulid}}}},
	}
	for _, each := range change {
		each(&e)
	}
	return e
}

func returned(code string) func(*iso20022.Entry) {
	return func(e *iso20022.Entry) {
		e.Details[0].Transactions[0].Return.Reason.Code.Value = code
	}
}

var (
	debit = booked("D1", "49.90", iso20022.Debit)
	whole = booked("C1", "49.90", iso20022.Credit, returned("AC04"))
	part  = booked("C2", "40.00", iso20022.Credit, returned("AC04"))
)

func TestWhatBecomesOfAPayout(t *testing.T) {
	eur := func(s string) money.Amount { return money.Must(s, "EUR") }
	none := money.Amount{}
	for name, row := range map[string]struct {
		answer  banktest.Answer
		mail    []iso20022.Entry
		outcome payment.Outcome
		reason  payment.Reason
		reached string // accepted, booked: the first letters
		back    money.Amount
	}{
		"well formed":                 {status("ACTC", ""), nil, payment.Pending, payment.AwaitingChannel, "", none},
		"checked":                     {status("ACCP", ""), nil, payment.Pending, payment.AwaitingChannel, "", none},
		"for tomorrow":                {status("PDNG", ""), nil, payment.Pending, payment.AwaitingChannel, "", none},
		"on its way":                  {status("ACSP", ""), nil, payment.Pending, payment.InTransfer, "a", none},
		"on its way, and debited":     {status("ACSP", ""), []iso20022.Entry{debit}, payment.Pending, payment.InTransfer, "ab", none},
		"debited":                     {status("ACSC", ""), []iso20022.Entry{debit}, payment.Captured, "", "ab", none},
		"credited":                    {status("ACCC", ""), []iso20022.Entry{debit}, payment.Captured, "", "ab", none},
		"told twice":                  {status("ACSC", ""), []iso20022.Entry{debit, debit}, payment.Captured, "", "ab", none},
		"back whole":                  {status("ACSC", ""), []iso20022.Entry{debit, whole}, payment.Captured, "", "ab", eur("49.90")},
		"back in part":                {status("ACSC", ""), []iso20022.Entry{debit, part, part}, payment.Captured, "", "ab", eur("40.00")},
		"expected back":               {status("ACSC", ""), []iso20022.Entry{debit, expected(whole)}, payment.Captured, "", "ab", none},
		"rejected":                    {status("RJCT", "AC01"), nil, payment.Declined, payment.InvalidAccount, "", none},
		"rejected without amount":     {status("RJCT", "AC04", withoutAmount), nil, payment.Declined, payment.AccountClosed, "", none},
		"rejected by a code of 2099":  {status("RJCT", "ZZ99"), nil, payment.Declined, payment.GenericDecline, "", none},
		"rejected without a code":     {status("RJCT", ""), nil, payment.Declined, payment.GenericDecline, "", none},
		"withdrawn":                   {status("RJCT", "DS02"), nil, payment.Fenced, payment.FencedByUs, "", none},
		"rejected after the debit":    {status("RJCT", "AC04"), []iso20022.Entry{debit}, payment.Pending, payment.InTransfer, "ab", none},
		"rejected, and given back":    {status("RJCT", "AC04"), []iso20022.Entry{debit, whole}, payment.Declined, payment.AccountClosed, "ab", eur("49.90")},
		"rejected, short back":        {status("RJCT", "CUST"), []iso20022.Entry{debit, part}, payment.Captured, "", "ab", eur("40.00")},
		"debited twice":               {status("ACSC", ""), []iso20022.Entry{debit, booked("D2", "49.90", iso20022.Debit)}, payment.Review, payment.EchoMismatch, "", none},
		"more back than went":         {status("ACSC", ""), []iso20022.Entry{debit, whole, part}, payment.Review, payment.EchoMismatch, "", eur("89.90")},
		"a payer with an id like our": {status("ACSP", ""), []iso20022.Entry{booked("C3", "10.00", iso20022.Credit)}, payment.Pending, payment.InTransfer, "a", none},
	} {
		b, peer := open(t, nil)
		peer.Say(lookup, row.answer)
		peer.Notify(banktest.Account, row.mail...)
		_, a := payout()
		got, err := b.Check(t.Context(), a)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.Outcome != row.outcome || got.Reason != row.reason || (got.Outcome == payment.Captured) != got.Amount.Equal(a.Amount) {
			t.Errorf("%s: %s %s %s", name, got.Outcome, got.Reason, got.Amount)
		}
		if reached := reachedBy(got); row.outcome != payment.Review && reached != row.reached {
			t.Errorf("%s: reached %q, want %q", name, reached, row.reached)
		}
		switch {
		case got.Returned == nil && row.back != none, got.Returned != nil && !got.Returned.Amount.Equal(row.back):
			t.Errorf("%s: returned %+v, want %s", name, got.Returned, row.back)
		}
	}
}

// An error would stop the mailbox, and with it the money of everybody else.
func TestAContradictionLeavesAPaidPayoutPaid(t *testing.T) {
	for name, row := range map[string]struct {
		answer banktest.Answer
		mail   []iso20022.Entry
		want   string
	}{
		"a copy, and given back": {status("RJCT", "AM05"), []iso20022.Entry{debit, whole}, "called it a duplicate and gave back: 49.90 EUR"},
		"debited twice":          {status("ACSC", ""), []iso20022.Entry{debit, booked("D2", "49.90", iso20022.Debit)}, "debited twice"},
		"more back than went":    {status("ACSC", ""), []iso20022.Entry{debit, whole, part}, "gave back more than was sent"},
		"debited something else": {status("ACSC", ""), []iso20022.Entry{debit, booked("D2", "49.00", iso20022.Debit)}, "bank booked something else"},
		"a copy, after all":      {status("RJCT", "AM05"), []iso20022.Entry{debit}, "bank speaks of a duplicate"},
		"two statuses in one":    {status("RJCT", "AC01", func(m *iso20022.InitiationStatus) { m.Status = "ACSC" }), nil, "bank contradicts itself"},
		"no status that we know": {status("XXXX", ""), []iso20022.Entry{debit}, "status says nothing"},
	} {
		b, peer := open(t, nil)
		peer.Say(lookup, row.answer)
		peer.Notify(banktest.Account, row.mail...)
		_, a := payout()
		a.Outcome, a.Captured = payment.Captured, a.Amount
		got, err := b.Check(t.Context(), a)
		if err != nil || got.Outcome != payment.Captured || !got.Amount.Equal(a.Amount) || !strings.Contains(got.Progress.Conflict, row.want) {
			t.Errorf("%s: %s %s %+v (%v)", name, got.Outcome, got.Amount, got.Progress, err)
		}
		if back := len(row.mail) > 1 && row.mail[1].Direction == iso20022.Credit; back != (got.Returned != nil) {
			t.Errorf("%s: returned %+v", name, got.Returned)
		}
		for _, rests := range []payment.Outcome{payment.Declined, payment.Review} {
			a.Outcome = rests
			if got, err := b.Check(t.Context(), a); err != nil || got.Outcome != payment.Review || !strings.Contains(got.Progress.Conflict, row.want) {
				t.Errorf("%s, once it is %s: %s %+v (%v)", name, rests, got.Outcome, got.Progress, err)
			}
		}
	}
	b, peer := open(t, nil)
	peer.Say(lookup, banktest.Text(500, "down"))
	_, a := payout()
	a.Outcome = payment.Captured
	if got, err := b.Check(t.Context(), a); err == nil {
		t.Errorf("without an answer: %+v", got)
	}
}

// A bank that calls a transfer rejected after it was paid, and gives the money back, has returned it: as a refusal the
// news would come too late to be believed, and the merchant would never see the money.
func TestMoneyOfAPaidPayoutComesBack(t *testing.T) {
	for name, mail := range map[string][]iso20022.Entry{"whole": {debit, whole}, "in part": {debit, part}} {
		b, peer := open(t, nil)
		peer.Say(lookup, status("RJCT", "AC04"))
		peer.Notify(banktest.Account, mail...)
		_, a := payout()
		a.Outcome, a.Captured, a.Progress.Booked = payment.Captured, a.Amount, true
		got, err := b.Check(t.Context(), a)
		if err != nil || got.Outcome != payment.Captured || got.Returned == nil {
			t.Errorf("%s: %s, returned %+v, %+v (%v)", name, got.Outcome, got.Returned, got.Progress, err)
		}
	}
}

// A bank forgets an order after a while, and its books do not: what they hold of it decides.
func TestABankThatForgotAPayoutStillHasItInItsBooks(t *testing.T) {
	eur := func(s string) money.Amount { return money.Must(s, "EUR") }
	for name, row := range map[string]struct {
		was     payment.Outcome
		mail    []iso20022.Entry
		outcome payment.Outcome
		back    money.Amount
		mark    string
	}{
		"paid, nothing booked":          {payment.Captured, nil, payment.Unknown, money.Amount{}, ""},
		"paid, returned":                {payment.Captured, []iso20022.Entry{debit, whole}, payment.Captured, eur("49.90"), ""},
		"paid, returned short":          {payment.Captured, []iso20022.Entry{debit, part}, payment.Captured, eur("40.00"), ""},
		"paid, returned twice":          {payment.Captured, []iso20022.Entry{debit, whole, part}, payment.Captured, eur("89.90"), "gave back more than was sent"},
		"paid, and debited":             {payment.Captured, []iso20022.Entry{debit}, payment.Captured, money.Amount{}, ""},
		"unknown, debited":              {payment.Unknown, []iso20022.Entry{debit}, payment.Pending, money.Amount{}, ""},
		"unknown, debited, returned":    {payment.Unknown, []iso20022.Entry{debit, whole}, payment.Captured, eur("49.90"), ""},
		"unknown, only given back":      {payment.Unknown, []iso20022.Entry{whole}, payment.Review, eur("49.90"), "gave back what it never debited"},
		"failed, and given back":        {payment.Declined, []iso20022.Entry{part}, payment.Review, eur("40.00"), "gave back what it never debited"},
		"failed, debited and come back": {payment.Declined, []iso20022.Entry{debit, whole}, payment.Captured, eur("49.90"), ""},
	} {
		b, peer := open(t, nil)
		peer.Say(lookup, banktest.NotFound)
		peer.Notify(banktest.Account, row.mail...)
		_, a := payout()
		if a.Outcome = row.was; row.was == payment.Captured {
			a.Captured = a.Amount
		}
		got, err := b.Check(t.Context(), a)
		if err != nil || got.Outcome != row.outcome || got.NotFound != (len(row.mail) == 0) {
			t.Errorf("%s: %s, not found %t (%v)", name, got.Outcome, got.NotFound, err)
			continue
		}
		if (got.Returned == nil) != row.back.Asset().IsZero() || got.Returned != nil && !got.Returned.Amount.Equal(row.back) {
			t.Errorf("%s: returned %+v, want %s", name, got.Returned, row.back)
		}
		if row.mark != "" && !strings.Contains(got.Progress.Conflict, row.mark) {
			t.Errorf("%s: marked %q", name, got.Progress.Conflict)
		}
	}
}

func reachedBy(r payment.Result) string {
	text := ""
	for letter, is := range map[string]bool{"a": r.Progress.Accepted, "b": r.Progress.Booked} {
		if is {
			text += letter
		}
	}
	letters := strings.Split(text, "")
	return strings.Join(slices.Sorted(slices.Values(letters)), "")
}

func withoutAmount(m *iso20022.InitiationStatus) { transaction(m).Original.Amount = money.Amount{} }

func expected(e iso20022.Entry) iso20022.Entry {
	e.Status, e.BookedAt = iso20022.Expected, ""
	return e
}

func TestAReplayIsTheSameToTheLastByte(t *testing.T) {
	now := banktest.Noon
	b, peer := open(t, func(c *bank.Config) { c.Now = func() time.Time { return now } })
	peer.Say(messages, status("ACCP", ""))
	p, a := payout()
	for range 2 {
		if _, err := b.Send(t.Context(), p, a); err != nil {
			t.Fatal(err)
		}
		now = now.AddDate(0, 0, 3)
	}
	if r := peer.Requests(); len(r) != 2 || r[0] != r[1] {
		t.Errorf("%d requests: %s", len(r), strings.Join(r, "\n"))
	}
}
