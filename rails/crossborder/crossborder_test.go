package crossborder_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/banklink/banktest"
	"github.com/causeway-pay/causeway/rails/crossborder"
	"github.com/causeway-pay/causeway/rails/iso20022"
	"github.com/causeway-pay/causeway/rails/line"
)

const (
	ulid     = "01KB0000000000000000000001"
	uetr     = "8a562c67-ca16-48ba-b074-65581be6f001"
	nostro   = "NOSTRO-CNY"
	tracker  = "GET /tracker/" + uetr
	messages = "POST /iso20022"
	mailbox  = "GET /notifications/"
	ownBIC   = "CSWYFRPPXXX"
)

func config(url string) crossborder.Config {
	return crossborder.Config{
		Config: banklink.Config{
			Config: line.Config{
				Name: "xb.sandbox", URL: url, Secret: banktest.Secret, CallbackSecret: banktest.CallbackSecret, Timeout: 2 * time.Second,
				PreExecutionCodes: []string{"invalid_request", "unauthorized", "channel_closed"},
				Capabilities:      payment.Capabilities{Replay: 24 * time.Hour, Inquiry: true},
				Now:               func() time.Time { return banktest.Noon },
			},
			BIC: banktest.BIC, Holder: "Causeway Pay SAS", Poll: time.Second,
			Accounts: []banklink.Account{{Currency: "CNY", Number: nostro}, {Currency: "EUR", Number: banktest.Account}},
		},
		OwnBIC: ownBIC, Town: "Paris", Home: "FR", Calendar: "ecb", Cutoff: "16:00 Europe/Paris",
		Fastest: 10 * time.Minute, Slowest: 30 * time.Hour,
	}
}

func open(t testing.TB, change func(*crossborder.Config)) (*crossborder.Correspondent, *banktest.Bank) {
	t.Helper()
	peer := banktest.Open(t)
	c := config(peer.URL)
	if change != nil {
		change(&c)
	}
	x, err := crossborder.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return x, peer
}

var beneficiary = payment.Beneficiary{
	Name: "Li Wei", Country: "CN", Account: "6222021234567890123", Agent: "ICBKCNBJXXX", Town: "Beijing", Street: "Fuxingmen 55",
}

func payout() (payment.Payment, payment.Attempt) {
	to := beneficiary
	p := payment.Payment{
		Direction: fx.Send, Mode: payment.Test, Method: payment.Method{Type: payment.MethodCrossBorder},
		Order: payment.Order{Beneficiary: &to, Reference: "invoice 18"},
	}
	return p, payment.Attempt{ID: "att_" + ulid, UETR: uetr, Amount: money.Must("1000.00", "CNY"), CreatedAt: banktest.Noon}
}

// status is a pacs.002 about the payout at so many minutes past noon.
func status(minutes int, s iso20022.Status, code string, change ...func(*iso20022.StatusReport)) banktest.Answer {
	var reasons []iso20022.Reason
	if code != "" {
		reasons = []iso20022.Reason{{Code: iso20022.Code{Value: code}}}
	}
	m := &iso20022.StatusReport{
		MessageID: "S1", CreatedAt: iso20022.At(banktest.Noon.Add(time.Duration(minutes) * time.Minute)),
		Groups: []iso20022.GroupStatus{{Original: iso20022.Original{MessageID: ulid, Message: iso20022.Pacs008}, Status: s}},
		Transactions: []iso20022.TransactionStatus{{
			Original: iso20022.Original{EndToEndID: ulid, TransactionID: ulid, UETR: uetr, Amount: money.Must("1000.00", "CNY")},
			Status:   s, Reasons: reasons, ServicerReference: "SB1",
		}},
	}
	for _, each := range change {
		each(m)
	}
	return banktest.XML(&iso20022.Header{
		From: iso20022.Agent{BIC: banktest.BIC}, To: iso20022.Agent{BIC: ownBIC}, BusinessID: "S1", CreatedAt: iso20022.At(banktest.Noon),
	}, m)
}

// track is the tracker's answer: the states as "minutes STATUS reason", the last of which is the one of now.
func track(rest string, states ...string) banktest.Answer {
	var updates []string
	last := ""
	for _, s := range states {
		var minutes int
		var status, reason string
		_, _ = fmt.Sscan(s+" -", &minutes, &status, &reason)
		last = fmt.Sprintf(`"status":%q,"reason":%q`, status, strings.Trim(reason, "-"))
		at := banktest.Noon.Add(time.Duration(minutes) * time.Minute).Format(time.RFC3339)
		updates = append(updates, fmt.Sprintf(`{"agent":"CSWYSGSGXXX",%s,"at":%q}`, last, at))
	}
	return banktest.Text(http.StatusOK, fmt.Sprintf(`{"uetr":%q,%s,"updates":[%s]%s}`, uetr, last, strings.Join(updates, ","), rest))
}

const (
	instructed = `,"instructed":{"amount":"1000.00","currency":"CNY"}`
	arrived    = instructed + `,"credited":{"amount":"983.00","currency":"CNY"},"charges":[{"agent":"CSWYSGSGXXX","amount":"12.00","currency":"CNY"},` +
		`{"agent":"CSWYHKHHXXX","amount":"5.00","currency":"CNY"}]`
)

func booked(reference, amount string, d iso20022.Direction, change ...func(*iso20022.Entry)) iso20022.Entry {
	e := iso20022.Entry{
		Amount: money.Must(amount, "CNY"), Direction: d, Status: iso20022.Booked, BookedAt: "2026-03-02", ServicerReference: reference,
		Type:    iso20022.EntryType{Proprietary: "ANY"},
		Details: []iso20022.EntryDetails{{Transactions: []iso20022.EntryTransaction{{EndToEndID: ulid, UETR: uetr}}}},
	}
	for _, each := range change {
		each(&e)
	}
	return e
}

func because(code string) func(*iso20022.Entry) {
	return func(e *iso20022.Entry) { e.Details[0].Transactions[0].Return.Reason.Code.Value = code }
}

func charge(e *iso20022.Entry) {
	e.Type = iso20022.EntryType{Domain: "PMNT", Family: "MDOP", SubFamily: "CHRG"}
}

var debit = booked("D1", "1000.00", iso20022.Debit)

func TestWhatBecomesOfAPayout(t *testing.T) {
	cny := func(s string) money.Amount { return money.Must(s, "CNY") }
	none := money.Amount{}
	type want struct {
		outcome payment.Outcome
		reason  payment.Reason
		code    string
		reached string // accepted, booked: the first letters
		billed  money.Amount
		back    money.Amount
		ours    bool
	}
	show := func(w want) string {
		return fmt.Sprintln(w.outcome, w.reason, w.code, w.reached, w.billed.String(), w.back.String(), w.ours)
	}
	for name, row := range map[string]struct {
		said, tracked banktest.Answer
		mail          []iso20022.Entry
		want          want
	}{
		"taken slowly":               {status(0, "ACTC", ""), banktest.NotFound, nil, want{payment.Pending, payment.AwaitingChannel, "ACTC", "", none, none, false}},
		"on its way":                 {status(0, "ACSP", "G000"), track(instructed, "0 ACSP G000"), []iso20022.Entry{debit}, want{payment.Pending, payment.InTransfer, "G000", "ab", none, none, false}},
		"G002 and back to G000":      {status(2, "ACSP", "G002"), track(instructed, "0 ACSP G000", "2 ACSP G002", "5 ACSP G000"), nil, want{payment.Pending, payment.InTransfer, "G000", "a", none, none, false}},
		"the tracker is behind":      {status(9, "ACSP", "G002"), track(instructed, "0 ACSP G000"), nil, want{payment.Pending, payment.InTransfer, "G002", "a", none, none, false}},
		"updates out of order":       {banktest.NotFound, track(instructed, "7 ACSP G004", "2 ACSP G000"), nil, want{payment.Pending, payment.InTransfer, "G000", "a", none, none, false}},
		"settled at our side":        {status(1, "ACSC", ""), track(instructed, "0 ACSP G000"), nil, want{payment.Pending, payment.InTransfer, "ACSC", "ab", none, none, false}},
		"credited":                   {status(0, "ACSP", "G000"), track(arrived, "0 ACSP G000", "5 ACCC"), []iso20022.Entry{debit}, want{payment.Captured, "", "ACCC", "ab", none, none, false}},
		"credited, then older news":  {status(9, "ACSP", "G000"), track(arrived, "5 ACCC"), []iso20022.Entry{debit}, want{payment.Captured, "", "ACCC", "ab", none, none, false}},
		"charges billed to us":       {status(0, "ACCC", ""), banktest.NotFound, []iso20022.Entry{debit, booked("K1", "12.00", iso20022.Debit, charge), booked("K2", "5.00", iso20022.Debit, charge), booked("K2", "5.00", iso20022.Debit, charge)}, want{payment.Captured, "", "ACCC", "ab", cny("17.00"), none, false}},
		"returned short":             {status(0, "ACCC", ""), track(arrived, "0 ACCC"), []iso20022.Entry{debit, booked("C1", "980.00", iso20022.Credit, because("AC04"))}, want{payment.Captured, "", "ACCC", "ab", none, cny("980.00"), false}},
		"returned by a bank's fault": {status(0, "ACCC", ""), track(arrived, "0 ACCC"), []iso20022.Entry{debit, booked("C1", "980.00", iso20022.Credit, because("BE08"))}, want{payment.Captured, "", "ACCC", "ab", none, cny("980.00"), true}},
		"rejected at once":           {status(0, "RJCT", "AC01"), track(instructed, "0 RJCT AC01"), nil, want{payment.Declined, payment.InvalidAccount, "AC01", "", none, none, false}},
		"rejected on the way":        {status(4, "RJCT", "RR04"), track(instructed, "0 ACSP G000", "4 RJCT RR04"), []iso20022.Entry{debit}, want{payment.Pending, payment.InTransfer, "RR04", "ab", none, none, false}},
		"and restored":               {status(4, "RJCT", "RR04"), track(instructed, "0 ACSP G000", "4 RJCT RR04"), []iso20022.Entry{debit, booked("C1", "1000.00", iso20022.Credit, because("RR04"))}, want{payment.Declined, payment.RegulatoryReason, "RR04", "ab", none, cny("1000.00"), false}},
		"recalled, and back in part": {status(4, "RJCT", "CUST"), track(instructed, "4 RJCT CUST"), []iso20022.Entry{debit, booked("C1", "983.00", iso20022.Credit, because("FOCR"))}, want{payment.Captured, "", "CUST", "ab", none, cny("983.00"), false}},
		"both credited and rejected": {status(4, "RJCT", "AC04"), track(arrived, "5 ACCC"), []iso20022.Entry{debit}, want{payment.Review, payment.EchoMismatch, "", "", none, none, false}},
		"rejected, then credited":    {banktest.NotFound, track(arrived, "4 RJCT AC04", "5 ACCC"), []iso20022.Entry{debit}, want{payment.Review, payment.EchoMismatch, "", "", none, none, false}},
		"both, and given back":       {status(4, "RJCT", "AC04"), track(arrived, "5 ACCC"), []iso20022.Entry{debit, booked("C1", "1000.00", iso20022.Credit, because("AC04"))}, want{payment.Declined, payment.AccountClosed, "AC04", "ab", none, cny("1000.00"), false}},
		"both, and back in part":     {banktest.NotFound, track(arrived, "4 RJCT AC04", "5 ACCC"), []iso20022.Entry{debit, booked("C1", "980.00", iso20022.Credit, because("AC04"))}, want{payment.Captured, "", "AC04", "ab", none, cny("980.00"), false}},
		"both, and never debited":    {status(4, "RJCT", "AC04"), track(arrived, "5 ACCC"), nil, want{payment.Review, payment.EchoMismatch, "", "", none, none, false}},
		"debited twice":              {status(0, "ACCC", ""), banktest.NotFound, []iso20022.Entry{debit, booked("D2", "1000.00", iso20022.Debit)}, want{payment.Review, payment.EchoMismatch, "", "", none, none, false}},
	} {
		x, peer := open(t, nil)
		peer.Say(messages, row.said)
		peer.Say(tracker, row.tracked)
		peer.Notify(nostro, row.mail...)
		_, a := payout()
		got, err := x.Check(t.Context(), a)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		saw := want{outcome: got.Outcome, reason: got.Reason}
		if got.Outcome != payment.Review {
			saw.code, saw.reached, saw.billed = got.Progress.Code, reached(*got.Progress), got.Progress.Billed
		}
		if got.Returned != nil {
			saw.back, saw.ours = got.Returned.Amount, got.Returned.Ours
		}
		if show(saw) != show(row.want) || (got.Outcome == payment.Captured) != got.Amount.Equal(a.Amount) {
			t.Errorf("%s:\n got  %v\n want %v", name, show(saw), show(row.want))
		}
		if strings.HasPrefix(name, "credited") {
			if p := got.Progress; !p.Delivered.Equal(cny("983.00")) || len(p.Charges) != 2 || p.Charges[1].Agent != "CSWYHKHHXXX" {
				t.Errorf("%s: delivered %s, charges %v", name, p.Delivered, p.Charges)
			}
		}
	}
}

func TestAContradictionLeavesAPaidPayoutPaid(t *testing.T) {
	for name, mail := range map[string][]iso20022.Entry{
		"both credited and rejected": {debit},
		"debited twice":              {debit, booked("D2", "1000.00", iso20022.Debit)},
	} {
		x, peer := open(t, nil)
		peer.Say(messages, status(0, "ACCC", ""))
		peer.Say(tracker, banktest.NotFound)
		if len(mail) == 1 {
			peer.Say(tracker, track(instructed, "4 RJCT AC04"))
		}
		peer.Notify(nostro, mail...)
		_, a := payout()
		a.Outcome, a.Captured = payment.Captured, a.Amount
		got, err := x.Check(t.Context(), a)
		if err != nil || got.Outcome != payment.Captured || !got.Amount.Equal(a.Amount) || got.Progress.Conflict != name {
			t.Errorf("%s: %s %s %+v (%v)", name, got.Outcome, got.Amount, got.Progress, err)
		}
	}
}

// What was booked decides where the words cannot: a paid payout whose money is back was returned.
func TestTheBooksDecideBetweenCreditedAndRejected(t *testing.T) {
	x, peer := open(t, nil)
	peer.Say(messages, status(0, "ACCC", ""))
	peer.Say(tracker, track(instructed, "4 RJCT AC04"))
	peer.Notify(nostro, debit)
	_, a := payout()
	first, err := x.Check(t.Context(), a)
	if err != nil || first.Outcome != payment.Review || !first.Progress.Booked {
		t.Fatalf("%s %+v (%v)", first.Outcome, first.Progress, err)
	}
	peer.Notify(nostro, booked("C1", "1000.00", iso20022.Credit, because("AC04")))
	for was, want := range map[payment.Outcome]payment.Outcome{payment.Review: payment.Declined, payment.Declined: payment.Declined, payment.Captured: payment.Captured} {
		if a.Outcome = was; was == payment.Captured {
			a.Captured = a.Amount
		}
		got, err := x.Check(t.Context(), a)
		if err != nil || got.Outcome != want || got.Progress.Conflict != "" || got.Returned == nil {
			t.Errorf("%s: %s %+v (%v)", was, got.Outcome, got.Progress, err)
		}
	}
}

func reached(g payment.Progress) string {
	text := ""
	for i, is := range []bool{g.Accepted, g.Booked} {
		if is {
			text += "ab"[i : i+1]
		}
	}
	return text
}

func TestAReplayIsTheSameToTheLastByte(t *testing.T) {
	now := banktest.Noon
	x, peer := open(t, func(c *crossborder.Config) { c.Now = func() time.Time { return now } })
	peer.Say(messages, status(0, "ACSP", "G000"))
	p, a := payout()
	for range 2 {
		if _, err := x.Send(t.Context(), p, a); err != nil {
			t.Fatal(err)
		}
		now = now.AddDate(0, 0, 3)
	}
	if r := peer.Requests(); len(r) != 2 || r[0] != r[1] || !strings.Contains(r[0], uetr) {
		t.Errorf("%d requests: %s", len(r), strings.Join(r, "\n"))
	}
}
