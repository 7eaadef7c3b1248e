package banklink_test

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/banklink/banktest"
	"github.com/causeway-pay/causeway/rails/iso20022"
	"github.com/causeway-pay/causeway/rails/line"
)

func listener(t testing.TB, change func(*banklink.Config)) *banklink.Link {
	t.Helper()
	c := config("http://bank.example")
	if change != nil {
		change(&c)
	}
	l, err := banklink.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func between() *iso20022.Header {
	return &iso20022.Header{
		From: iso20022.Agent{BIC: banktest.BIC}, To: iso20022.Agent{BIC: "CSWYFRPPXXX"}, BusinessID: "B1", CreatedAt: iso20022.At(banktest.Noon),
	}
}

func original(endToEnd string) iso20022.Original {
	return iso20022.Original{EndToEndID: endToEnd, UETR: uetr, Amount: money.Must("1.00", "EUR")}
}

func customerStatus(endToEnd ...string) []byte {
	m := &iso20022.InitiationStatus{
		MessageID: "S1", CreatedAt: iso20022.At(banktest.Noon), Original: iso20022.Original{MessageID: "M1", Message: iso20022.Pain001},
		Payments: []iso20022.PaymentStatus{{PaymentID: "P1"}},
	}
	for _, id := range endToEnd {
		m.Payments[0].Transactions = append(m.Payments[0].Transactions, iso20022.TransactionStatus{Original: original(id), Status: "ACSC"})
	}
	return banktest.XML(nil, m).Body
}

func bankStatus() []byte {
	return banktest.XML(between(), &iso20022.StatusReport{
		MessageID: "S1", CreatedAt: iso20022.At(banktest.Noon),
		Transactions: []iso20022.TransactionStatus{{Original: original(ulid), Status: "ACCC"}},
	}).Body
}

func comeBack() []byte {
	return banktest.XML(between(), &iso20022.Return{
		MessageID: "R1", CreatedAt: iso20022.At(banktest.Noon), Settlement: iso20022.Settlement{Method: iso20022.AtInstructed},
		Transactions: []iso20022.ReturnedTransaction{{Original: original(ulid), Amount: money.Must("1.00", "EUR")}},
	}).Body
}

func TestWhatACallbackIsAbout(t *testing.T) {
	l := listener(t, nil)
	attempt := "att_" + ulid
	for name, row := range map[string]struct {
		body []byte
		want string
		ok   bool
	}{
		"a notification":        {banktest.XML(nil, banktest.Notification(banktest.Account, paid("P1", "1.00"))).Body, "", true},
		"a customer's status":   {customerStatus(ulid), attempt, true},
		"a status of banks":     {bankStatus(), attempt, true},
		"a return":              {comeBack(), attempt, true},
		"several at once":       {customerStatus(ulid, ulid), "", false},
		"none":                  {customerStatus(), "", false},
		"somebody else's":       {customerStatus("INVOICE-18"), "", false},
		"nothing":               {nil, "", false},
		"JSON":                  {[]byte(`{"type":"charge.updated"}`), "", false},
		"an entity":             {[]byte(`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`), "", false},
		"a header too many":     {bytes.Replace(customerStatus(ulid), []byte("<Document"), []byte("<AppHdr/><Document"), 1), "", false},
		"more than a megabyte":  {append(customerStatus(ulid), bytes.Repeat([]byte(" "), 1<<20)...), "", false},
		"a request of our own":  {banktest.XML(between(), &iso20022.StatusRequest{MessageID: "Q", CreatedAt: iso20022.At(banktest.Noon), Transactions: []iso20022.StatusInquiry{{Original: original(ulid)}}}).Body, "", false},
		"an id that is too new": {customerStatus("8ZZZZZZZZZZZZZZZZZZZZZZZZZ"), "", false},
	} {
		got, err := l.Callback(banktest.Signed(t, "evt_1", banktest.Noon, row.body), row.body)
		if (err == nil) != row.ok || got.Reference != row.want || (row.ok && got.Event != "evt_1") {
			t.Errorf("%s: %+v (%v)", name, got, err)
		}
	}
}

func TestWhoseCallbackItIs(t *testing.T) {
	body := bankStatus()
	signed := banktest.Signed(t, "evt_1", banktest.Noon, body)
	for age, ok := range map[time.Duration]bool{0: true, 5 * time.Minute: true, 301 * time.Second: false, -301 * time.Second: false} {
		l := listener(t, func(c *banklink.Config) { c.Now = func() time.Time { return banktest.Noon.Add(age) } })
		if _, err := l.Callback(signed, body); (err == nil) != ok || (!ok && !errors.Is(err, line.ErrAge)) {
			t.Errorf("%s old: %v", age, err)
		}
	}
	deaf := listener(t, func(c *banklink.Config) { c.CallbackSecret = "" })
	if _, err := deaf.Callback(signed, body); !errors.Is(err, line.ErrNoCallbacks) {
		t.Errorf("without a secret: %v", err)
	}
	forged := bytes.Replace(body, []byte("ACCC"), []byte("RJCT"), 1)
	if _, err := listener(t, nil).Callback(signed, forged); !errors.Is(err, line.ErrSignature) {
		t.Errorf("forged: %v", err)
	}
}

// FuzzCallback changes an authentic message. Only the message itself may be heard.
func FuzzCallback(f *testing.F) {
	l := listener(f, nil)
	body := bankStatus()
	header := banktest.Signed(f, "evt_1", banktest.Noon, body)
	for _, each := range [][]byte{body, customerStatus(ulid), comeBack()} {
		signed := banktest.Signed(f, "evt_1", banktest.Noon, each)
		f.Add("evt_1", signed.Get("Webhook-Timestamp"), signed.Get("Webhook-Signature"), each)
	}
	f.Fuzz(func(t *testing.T, id, timestamp, signature string, told []byte) {
		got, err := l.Callback(http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {timestamp}, "Webhook-Signature": {signature}}, told)
		if err != nil {
			if got != (rails.Callback{}) || strings.Contains(err.Error(), banktest.Secret) {
				t.Errorf("heard %+v beside %v", got, err)
			}
			return
		}
		authentic := bytes.Equal(told, body) && signature == header.Get("Webhook-Signature") ||
			bytes.Equal(told, customerStatus(ulid)) || bytes.Equal(told, comeBack())
		if id != "evt_1" || !authentic || got.Reference != "att_"+ulid {
			t.Errorf("heard %+v of %q", got, told)
		}
	})
}

// FuzzAnswer has the mailbox answer anything: what is told is bound to our account and positive, and nothing is told
// beside an error.
func FuzzAnswer(f *testing.F) {
	for _, e := range []iso20022.Entry{
		paid("P1", "10.00"), paid("P2", "11.00", expected), paid("R1", "10.00", takes("P1")), ordered("D1", "49.90", iso20022.Debit, because("AC04")),
	} {
		f.Add(banktest.XML(nil, banktest.Notification(banktest.Account, e)).Body, "1", 200)
	}
	f.Add([]byte(nil), "0", 204)
	l := listener(f, nil)
	f.Fuzz(func(t *testing.T, body []byte, next string, status int) {
		reply := line.Reply{Status: status, Body: body, Header: http.Header{"Next-After": {next}}}
		found, err := l.ReadPage(reply, banklink.Account{Currency: "EUR", Number: banktest.Account}, 0)
		if err != nil && found != nil {
			t.Errorf("tells %d movements beside %v", len(found), err)
		}
		for _, m := range found {
			if !strings.HasPrefix(m.Reference, banktest.Account+"/") || m.Amount.Sign() < 0 || m.Amount.Asset().Code != "EUR" {
				t.Errorf("%q tells %+v", body, m)
			}
			if m.Receipt() && m.Attempt() != "" {
				t.Errorf("counts twice: %+v", m)
			}
		}
	})
}
