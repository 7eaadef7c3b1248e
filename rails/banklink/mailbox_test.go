package banklink_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/banklink/banktest"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

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
		"taken back":                     {[]iso20022.Entry{paid("P1", "1.00"), paid("R1", "1.00", takes("P1"))}, false},
		"one of two taken back":          {[]iso20022.Entry{paid("P1", "1.00"), paid("R1", "1.00", takes("P1")), paid("P2", "1.00")}, true},
		"about to be taken":              {[]iso20022.Entry{paid("P1", "1.00"), paid("R1", "1.00", takes("P1"), expected)}, true},
		"taken back without a name":      {[]iso20022.Entry{paid("P1", "1.00"), paid("R1", "1.00", takes(""))}, false},
		"taken back without a place":     {[]iso20022.Entry{paid("P1", "1.00"), paid("R1", "1.00", text(), takes("P1"))}, false},
		"of two, nobody knows which":     {[]iso20022.Entry{paid("P1", "1.00"), paid("P2", "1.00"), paid("R1", "1.00", takes(""))}, true},
		"one after the other taken back": {[]iso20022.Entry{paid("P1", "1.00"), paid("R1", "1.00", takes("")), paid("P2", "1.00"), paid("R2", "1.00", takes(""))}, false},
		"taken back, but not so much":    {[]iso20022.Entry{paid("P1", "2.00"), paid("R1", "1.00", takes(""))}, true},
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
	if trail, err := l.Trail(t.Context(), a); err != nil || trail.Debits != 1 || len(peer.Requests()) != asked+1 {
		t.Errorf("once more: %+v, asked %d times (%v)", trail, len(peer.Requests())-asked, err)
	}
	asked = len(peer.Requests())
	a.CreatedAt = banktest.Noon.Add(time.Hour)
	if _, err := l.Trail(t.Context(), a); err != nil || len(peer.Requests()) != asked+1 {
		t.Errorf("of after: asked %d times (%v)", len(peer.Requests())-asked, err)
	}
}

// That the mailboxes were looked at is said where nothing was new, too, once at first and then no more often than gateways need to
// know. Where one cannot be read, nothing says so.
func TestThatSomebodyLooksIsSaid(t *testing.T) {
	var late atomic.Int64
	peer := banktest.Open(t)
	c := config(peer.URL)
	c.Now = func() time.Time { return banktest.Noon.Add(time.Duration(late.Load())) }
	l, err := banklink.New(c)
	if err != nil {
		t.Fatal(err)
	}
	const mail = "GET /notifications/" + banktest.Account
	peer.Say(mail, banktest.Text(http.StatusInternalServerError, ""))
	j := &banktest.Journal{}
	if err := l.Watch(t.Context(), j); err == nil || len(j.Calls()) > 0 {
		t.Errorf("a mailbox that cannot be read: %v, told %v", err, j.Calls())
	}
	if err := l.Probe(t.Context()); err != nil {
		t.Errorf("the bank itself is well: %v", err)
	}
	peer.Hear(mail)

	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Watch(ctx, j) }()
	rounds := func(n int) {
		asked := len(peer.Requests())
		peer.Until(ctx, func(requests []string) bool { return len(requests) > asked+2*n }) // each asks for two accounts
	}
	rounds(3)
	if told := j.Calls(); !slices.Equal(told, []string{"advance {}"}) {
		t.Errorf("at first: %v", told)
	}
	late.Store(int64(10 * time.Second))
	rounds(3)
	if told := j.Calls(); !slices.Equal(told, []string{"advance {}", "advance {}"}) {
		t.Errorf("ten seconds later: %v", told)
	}
	stop()
	<-ended
}
