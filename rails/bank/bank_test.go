package bank_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
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
		reached string // accepted, booked, restored: the first letters
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
		"rejected, and given back":    {status("RJCT", "AC04"), []iso20022.Entry{debit, whole}, payment.Declined, payment.AccountClosed, "abr", none},
		"rejected, short back":        {status("RJCT", "CUST"), []iso20022.Entry{debit, part}, payment.Captured, "", "ab", eur("40.00")},
		"debited twice":               {status("ACSC", ""), []iso20022.Entry{debit, booked("D2", "49.90", iso20022.Debit)}, payment.Review, payment.EchoMismatch, "", none},
		"more back than went":         {status("ACSC", ""), []iso20022.Entry{debit, whole, part}, payment.Review, payment.EchoMismatch, "", none},
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

func reachedBy(r payment.Result) string {
	text := ""
	for letter, is := range map[string]bool{"a": r.Progress.Accepted, "b": r.Progress.Booked, "r": r.Progress.Restored} {
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

// TestWhatCannotBeBelieved: whatever does not speak of this payout, or not clearly, is unknown.
func TestWhatCannotBeBelieved(t *testing.T) {
	cases := map[string]banktest.Answer{
		"another amount":         status("ACSC", "", func(m *iso20022.InitiationStatus) { transaction(m).Original.Amount = money.Must("49.91", "EUR") }),
		"another currency":       status("ACSC", "", func(m *iso20022.InitiationStatus) { transaction(m).Original.Amount = money.Must("49.90", "USD") }),
		"no amount":              status("ACSP", "", withoutAmount),
		"a rejection of another": status("RJCT", "AC01", func(m *iso20022.InitiationStatus) { transaction(m).Original.Amount = money.Must("1.00", "EUR") }),
		"another end-to-end id":  status("RJCT", "AC01", func(m *iso20022.InitiationStatus) { transaction(m).Original.EndToEndID = "01KB0000000000000000000002" }),
		"no end-to-end id":       status("RJCT", "AC01", func(m *iso20022.InitiationStatus) { transaction(m).Original.EndToEndID = "" }),
		"another message":        status("RJCT", "AC01", func(m *iso20022.InitiationStatus) { m.Original.MessageID = "01KB0000000000000000000002" }),
		"another block":          status("RJCT", "AC01", func(m *iso20022.InitiationStatus) { m.Payments[0].PaymentID = "B2" }),
		"two transactions": status("RJCT", "AC01", func(m *iso20022.InitiationStatus) {
			m.Payments[0].Transactions = append(m.Payments[0].Transactions, *transaction(m))
		}),
		"two blocks":               status("RJCT", "AC01", func(m *iso20022.InitiationStatus) { m.Payments = append(m.Payments, m.Payments[0]) }),
		"nothing bound":            status("RJCT", "AC01", func(m *iso20022.InitiationStatus) { m.Payments, m.Original.MessageID = nil, "NOTPROVIDED" }),
		"a contradiction":          status("RJCT", "AC01", func(m *iso20022.InitiationStatus) { m.Status = "ACSC" }),
		"our own copy":             status("RJCT", "AM05"),
		"our own end-to-end id":    status("RJCT", "DU04"),
		"accepted with a change":   status("ACWC", ""),
		"a status of its own":      status("XXXX", ""),
		"no status":                status("", ""),
		"a message of another day": banktest.XML(nil, banktest.Notification(banktest.Account)),
	}
	for name, fault := range banktest.Faults {
		cases["the line: "+name] = fault
	}
	for name, answer := range cases {
		b, peer := open(t, nil)
		peer.Say(lookup, answer)
		peer.Say(messages, answer)
		p, a := payout()
		for call, ask := range map[string]func(context.Context) (payment.Result, error){
			"send":  func(ctx context.Context) (payment.Result, error) { return b.Send(ctx, p, a) },
			"check": func(ctx context.Context) (payment.Result, error) { return b.Check(ctx, a) },
		} {
			got, err := ask(t.Context())
			if err == nil || got != (payment.Result{}) {
				t.Errorf("%s, %s: says %s (%v)", name, call, got.Outcome, err)
			}
			if err != nil && strings.Contains(err.Error(), banktest.Secret) {
				t.Errorf("%s, %s: an error holds the secret", name, call)
			}
		}
		if sent := len(peer.Requests()); strings.Count(strings.Join(peer.Requests(), "\n"), messages) != 1 || sent < 2 {
			t.Errorf("%s: the order was sent again on its own", name)
		}
	}
}

func TestBooksThatCannotBeRead(t *testing.T) {
	b, peer := open(t, nil)
	peer.Say(lookup, status("ACSC", ""))
	_, a := payout()
	for name, fault := range banktest.Faults {
		peer.Say(mailbox, fault)
		if got, err := b.Check(t.Context(), a); err == nil {
			t.Errorf("%s: says %s", name, got.Outcome)
		}
	}
	peer.Hear(mailbox)
	if got, err := b.Check(t.Context(), a); err != nil || got.Outcome != payment.Captured {
		t.Errorf("then: %+v (%v)", got, err)
	}
	peer.Notify(banktest.Account, booked("D1", "50.00", iso20022.Debit))
	if got, err := b.Check(t.Context(), a); err == nil {
		t.Errorf("another amount was debited: %s", got.Outcome)
	}
}

func TestBeforeExecution(t *testing.T) {
	b, peer := open(t, nil)
	p, a := payout()
	for text, reason := range map[string]payment.Reason{
		`{"code":"channel_closed"}`: payment.ChannelClosed, `{"code":"invalid_request"}`: payment.ChannelMisconfigured,
	} {
		peer.Say(messages, banktest.Text(http.StatusForbidden, text))
		if got, err := b.Send(t.Context(), p, a); err != nil || got.Outcome != payment.NotSent || got.Reason != reason {
			t.Errorf("%s: %+v (%v)", text, got, err)
		}
	}
	nobody, err := bank.New(config("http://127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := nobody.Send(t.Context(), p, a); err != nil || got.Outcome != payment.NotSent {
		t.Errorf("nobody there: %+v (%v)", got, err)
	}
	if got, err := nobody.Check(t.Context(), a); err == nil {
		t.Errorf("nobody to ask: %+v", got)
	}
	p.Order.Beneficiary.Name = "" // cannot be written, so it never left
	if got, err := b.Send(t.Context(), p, a); err != nil || got.Outcome != payment.NotSent {
		t.Errorf("no name: %+v (%v)", got, err)
	}
	if got, err := b.Check(t.Context(), a); err != nil || !got.NotFound {
		t.Errorf("unknown to the bank: %+v (%v)", got, err)
	}
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

func TestCollectionAsksNobody(t *testing.T) {
	b, peer := open(t, nil)
	p, a := collection()
	var err error
	if a.Instruction, err = b.Instruct(p, a); err != nil {
		t.Fatal(err)
	}
	want := payment.Instruction{
		PayTo: "RF097", Reference: "RF097", Amount: a.Amount, Holder: "Causeway Pay GmbH", Account: banktest.Account, Agent: banktest.BIC,
	}
	if a.Instruction != want {
		t.Errorf("%+v", a.Instruction)
	}
	for _, ask := range []func() (payment.Result, error){
		func() (payment.Result, error) { return b.Send(t.Context(), p, a) },
		func() (payment.Result, error) { return b.Check(t.Context(), a) },
	} {
		if got, err := ask(); err != nil || got != (payment.Result{Outcome: payment.ActionRequired, Reason: payment.AwaitingPayer}) {
			t.Errorf("%+v (%v)", got, err)
		}
	}
	if asked := peer.Requests(); len(asked) != 0 {
		t.Errorf("asked %q", asked)
	}
	for _, change := range []func(*payment.Attempt){
		func(a *payment.Attempt) { a.Number = 0 },
		func(a *payment.Attempt) { a.Amount = money.Must("1.00", "USD") },
	} {
		other := a
		change(&other)
		if got, err := b.Instruct(p, other); err == nil {
			t.Errorf("instructs %+v", got)
		}
	}
}

func TestCancelOfACollection(t *testing.T) {
	_, a := collection()
	a.Instruction.PayTo = "RF097"
	paid := booked("P1", "49.90", iso20022.Credit, func(e *iso20022.Entry) {
		e.Details[0].Transactions[0] = iso20022.EntryTransaction{Remittance: iso20022.Remittance{Lines: []string{"thanks rf09 7"}}}
	})
	taken := paid
	taken.Direction, taken.Reversal, taken.ServicerReference = iso20022.Debit, true, "P2"
	taken.Details = []iso20022.EntryDetails{{Transactions: []iso20022.EntryTransaction{{
		Remittance: paid.Details[0].Transactions[0].Remittance, OwnReferences: []iso20022.OwnReference{{Type: "REVERSED", Value: "P1"}},
	}}}}
	for name, row := range map[string]struct {
		mail []iso20022.Entry
		want payment.Outcome
	}{
		"nothing came": {nil, payment.Fenced}, "others paid": {[]iso20022.Entry{debit, whole}, payment.Fenced},
		"it is booked": {[]iso20022.Entry{debit, paid}, payment.ActionRequired}, "it is expected": {[]iso20022.Entry{expected(paid)}, payment.ActionRequired},
		"it was taken back": {[]iso20022.Entry{paid, taken}, payment.Fenced},
	} {
		b, peer := open(t, nil)
		peer.Pages(1)
		peer.Notify(banktest.Account, row.mail...)
		if got, err := b.Cancel(t.Context(), a); err != nil || got.Outcome != row.want {
			t.Errorf("%s: %+v (%v), want %s", name, got, err, row.want)
		}
	}
	b, peer := open(t, nil)
	for name, fault := range banktest.Faults {
		peer.Say(mailbox, fault)
		if got, err := b.Cancel(t.Context(), a); err == nil {
			t.Errorf("%s: says %s", name, got.Outcome)
		}
	}
}

func resolution(c iso20022.Confirmation, s iso20022.CancellationStatus, reference string) banktest.Answer {
	return banktest.XML(nil, &iso20022.Resolution{
		Assignment: iso20022.Assignment{
			ID: "R1", From: iso20022.Actor{Agent: iso20022.Agent{BIC: banktest.BIC}}, To: iso20022.Actor{Party: iso20022.Party{Name: "Causeway"}},
			CreatedAt: iso20022.At(banktest.Noon),
		},
		Confirmation: c,
		Details: []iso20022.CancellationDetails{{Payments: []iso20022.PaymentCancellationStatus{{
			PaymentID:    ulid,
			Transactions: []iso20022.CancellationResult{{Original: iso20022.Original{EndToEndID: reference}, Status: s}},
		}}}},
	})
}

func TestCancelOfAPayout(t *testing.T) {
	_, a := payout()
	for name, row := range map[string]struct {
		answer, then banktest.Answer
		want         payment.Outcome
		fails        bool
	}{
		"confirmed, and never seen":  {resolution("CNCL", "ACCR", ulid), banktest.NotFound, payment.Fenced, false},
		"confirmed, and withdrawn":   {resolution("CNCL", "ACCR", ulid), status("RJCT", "DS02", withoutAmount), payment.Fenced, false},
		"confirmed, but it was paid": {resolution("CNCL", "ACCR", ulid), status("ACSC", ""), payment.Captured, false},
		"refused, as it was paid":    {resolution("RJCR", "RJCR", ulid), status("ACSC", ""), payment.Captured, false},
		"refused, never seen":        {resolution("RJCR", "RJCR", ulid), banktest.NotFound, payment.Unknown, false},
		"not decided":                {resolution("PDCR", "PDCR", ulid), banktest.NotFound, payment.Unknown, false},
		"half confirmed":             {resolution("CNCL", "RJCR", ulid), banktest.NotFound, payment.Unknown, false},
		"of another":                 {resolution("CNCL", "ACCR", "01KB0000000000000000000002"), banktest.NotFound, payment.Unknown, true},
		"confirmed, then silence":    {resolution("CNCL", "ACCR", ulid), banktest.Faults["hang-up"], payment.Unknown, true},
	} {
		b, peer := open(t, nil)
		peer.Say(messages, row.answer)
		peer.Say(lookup, row.then)
		got, err := b.Cancel(t.Context(), a)
		if (err != nil) != row.fails || got.Outcome != row.want {
			t.Errorf("%s: %+v (%v), want %s", name, got, err, row.want)
		}
	}
	for name, fault := range banktest.Faults {
		b, peer := open(t, nil)
		peer.Say(messages, fault)
		if got, err := b.Cancel(t.Context(), a); err == nil {
			t.Errorf("%s: says %s", name, got.Outcome)
		}
	}
	b, peer := open(t, func(c *bank.Config) { c.Capabilities.Fence = false })
	peer.Say(messages, resolution("CNCL", "ACCR", ulid))
	if got, err := b.Cancel(t.Context(), a); err == nil || len(peer.Requests()) > 0 {
		t.Errorf("without a fence: %+v (%v)", got, err)
	}
}

func TestConfigNamesEveryFault(t *testing.T) {
	c := config("ftp://x")
	c.Name, c.Secret, c.BIC, c.Holder, c.Poll, c.Cutoff, c.Calendar = "", "two words", "DE", "", 0, "16:00", "ecb"
	c.Accounts = []banklink.Account{{Currency: "EUR", Number: "DE00"}, {Currency: "EUR", Number: "DE00"}, {Currency: "XQX"}}
	err := c.Validate()
	if err == nil {
		t.Fatal("accepted")
	}
	for _, fault := range []string{"name is", "url must", "secret must", "bic:", "holder:", "poll:", "cutoff:", "has one account", "IBAN", "1 to 34"} {
		if !strings.Contains(err.Error(), fault) {
			t.Errorf("%q does not say %q", err, fault)
		}
	}
	c = config("http://bank.example")
	c.Calendar = "mars"
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "calendar:") {
		t.Errorf("%v", err)
	}
	good := config("http://bank.example")
	printed, _ := json.Marshal(good.String())
	if b, err := bank.New(good); err != nil || strings.Contains(b.String()+string(printed), banktest.Secret) {
		t.Errorf("%v: %v", b, err)
	}
}

func TestAccepts(t *testing.T) {
	b, _ := open(t, nil)
	for name, row := range map[string]struct {
		change func(*payment.Beneficiary)
		want   error
	}{
		"as it is":           {func(*payment.Beneficiary) {}, nil},
		"without a bank":     {func(to *payment.Beneficiary) { to.Agent = "" }, nil},
		"no name":            {func(to *payment.Beneficiary) { to.Name = "" }, banklink.ErrName},
		"a name in Greek":    {func(to *payment.Beneficiary) { to.Name = "Ελένη" }, iso20022.ErrCharset},
		"a typing error":     {func(to *payment.Beneficiary) { to.Account = "DE88370400440532013000" }, iso20022.ErrIBANChecksum},
		"no IBAN":            {func(to *payment.Beneficiary) { to.Account = "12345" }, iso20022.ErrIBANCharacters},
		"a bank that is not": {func(to *payment.Beneficiary) { to.Agent = "COBA" }, iso20022.ErrBICForm},
		"a purpose in words": {func(to *payment.Beneficiary) { to.Purpose = "rent" }, banklink.ErrPurpose},
	} {
		p, _ := payout()
		row.change(p.Order.Beneficiary)
		if err := b.Accepts(p); !errors.Is(err, row.want) && !(name == "no IBAN" && err != nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := b.Accepts(payment.Payment{Direction: fx.Collect}); err != nil {
		t.Errorf("a collection: %v", err)
	}
	p, _ := payout()
	p.Order.Beneficiary = nil
	if err := b.Accepts(p); err == nil {
		t.Error("nobody to pay was accepted")
	}
	p, _ = payout()
	p.Order.Beneficiary.Country = "FR"
	if err := b.Accepts(p); err == nil {
		t.Error("an account of another country was accepted")
	}
}

func TestEstimate(t *testing.T) {
	b, _ := open(t, nil)
	p, _ := payout()
	for now, want := range map[string][2]string{
		"2026-03-02T12:00:00Z": {"2026-03-02T12:00:00Z", "2026-03-03T17:00:00Z"},
		"2026-03-06T18:00:00Z": {"2026-03-09T06:00:00Z", "2026-03-10T17:00:00Z"},
	} {
		at, _ := time.Parse(time.RFC3339, now)
		earliest, latest := b.Estimate(p, at)
		if got := [2]string{earliest.UTC().Format(time.RFC3339), latest.UTC().Format(time.RFC3339)}; got != want {
			t.Errorf("%s: %v, want %v", now, got, want)
		}
	}
}

func TestProbe(t *testing.T) {
	b, peer := open(t, nil)
	if err := b.Probe(t.Context()); err != nil {
		t.Error(err)
	}
	peer.Say("GET /v1/health", banktest.Text(200, `{"status":"closing"}`))
	if err := b.Probe(t.Context()); err == nil {
		t.Error("a bank that is not well is well")
	}
}
