package banktest

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

// Way is how an office treats the messages that send money.
type Way int

// The ways.
const (
	Plainly    Way = iota
	Deaf           // they are lost before they arrive
	Mute           // they are carried out, and the answer is lost
	Refusing       // they are rejected for good
	Misquoting     // they are carried out, and the answer names another amount
	Gone           // nobody is answered anything
)

// Office is a Bank that carries out what it is told: it keeps its own books of payments, and says what became of them.
type Office struct {
	*Bank

	Account string // that payments are debited from

	way   Way
	order []string // references, oldest first
	known map[string]*order
	paid  money.Amount
	moves int
}

// order is one payment: its reference is the end-to-end id at home, and the UETR abroad.
type order struct {
	abroad           bool
	endToEnd, uetr   string
	amount           money.Amount
	status           iso20022.Status
	code             string
	settled, refused bool
}

// NewOffice makes a bank an office that pays in the asset of amounts like zero.
func NewOffice(b *Bank, account string, zero money.Amount) *Office {
	o := &Office{Bank: b, Account: account, known: map[string]*order{}, paid: zero}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.office = o.serve
	return o
}

// Behave sets how further messages are treated.
func (o *Office) Behave(w Way) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.way = w
}

// Paid returns what beneficiaries got, in all.
func (o *Office) Paid() money.Amount {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.paid
}

// Settle carries out all that was accepted.
func (o *Office) Settle() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, reference := range o.order {
		p := o.known[reference]
		if p.settled || p.refused {
			continue
		}
		p.settled, p.status, p.code = true, iso20022.AcceptedSettled, ""
		if p.abroad {
			p.status = iso20022.AcceptedCredited
		}
		o.paid = o.paid.Add(p.amount)
		o.post(iso20022.Debit, p.amount, iso20022.EntryTransaction{EndToEndID: p.endToEnd, UETR: p.uetr})
	}
}

// Post books an entry and returns the bank's reference of it.
func (o *Office) Post(d iso20022.Direction, amount money.Amount, t iso20022.EntryTransaction, change ...func(*iso20022.Entry)) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.post(d, amount, t, change...)
}

func (o *Office) post(d iso20022.Direction, amount money.Amount, t iso20022.EntryTransaction, change ...func(*iso20022.Entry)) string {
	o.moves++
	e := iso20022.Entry{
		Amount: amount, Direction: d, Status: iso20022.Booked, BookedAt: "2026-03-02T09:00:00Z", ServicerReference: fmt.Sprintf("SB%d", o.moves),
		Type: iso20022.EntryType{Proprietary: "ANY"}, Details: []iso20022.EntryDetails{{Transactions: []iso20022.EntryTransaction{t}}},
	}
	for _, each := range change {
		each(&e)
	}
	o.mail[o.Account] = append(o.mail[o.Account], e)
	return e.ServicerReference
}

// serve answers a request, or leaves it to the Bank.
func (o *Office) serve(asked string, body []byte) (Answer, bool) {
	switch {
	case o.way == Gone:
		return Answer{Conn: hangUp("")}, true
	case strings.HasPrefix(asked, "GET /payments/"):
		return o.found(strings.TrimPrefix(asked, "GET /payments/"), false), true
	case strings.HasPrefix(asked, "GET /tracker/"):
		return o.tracked(strings.TrimPrefix(asked, "GET /tracker/")), true
	case asked != "POST /iso20022":
		return Answer{}, false
	}
	_, message, err := iso20022.Read(body)
	if err != nil {
		return Text(http.StatusBadRequest, `{"code":"invalid_request"}`), true
	}
	switch m := message.(type) {
	case *iso20022.CreditTransferInitiation:
		t := m.Transfers[0]
		return o.accept(t.EndToEndID, &order{endToEnd: t.EndToEndID, amount: t.Amount, status: iso20022.AcceptedCustomer}), true
	case *iso20022.InterbankTransfer:
		t := m.Transactions[0]
		return o.accept(t.UETR, &order{abroad: true, endToEnd: t.EndToEndID, uetr: t.UETR, amount: t.Amount, status: iso20022.AcceptedInProcess, code: "G000"}), true
	case *iso20022.StatusRequest:
		return o.found(m.Transactions[0].Original.UETR, false), true
	case *iso20022.CancellationRequest:
		return o.cancel(m.Payments[0].Transactions[0].Original.EndToEndID), true
	}
	return Answer{}, false
}

func (o *Office) accept(reference string, p *order) Answer {
	if o.way == Deaf {
		return Answer{Conn: hangUp("")}
	}
	if _, seen := o.known[reference]; !seen {
		if o.way == Refusing {
			p.refused, p.status, p.code = true, iso20022.Rejected, "AC04"
		}
		o.known[reference] = p
		o.order = append(o.order, reference)
	}
	if o.way == Mute {
		return Answer{Conn: hangUp("")}
	}
	return o.found(reference, o.way == Misquoting)
}

// found says what became of a payment.
func (o *Office) found(reference string, wrong bool) Answer {
	p, ok := o.known[reference]
	if !ok {
		return NotFound
	}
	s := iso20022.TransactionStatus{
		Original: iso20022.Original{EndToEndID: p.endToEnd, UETR: p.uetr, Amount: p.amount}, Status: p.status, ServicerReference: "SB0",
	}
	if wrong {
		s.Original.Amount = p.amount.Add(p.amount)
	}
	if p.code != "" {
		s.Reasons = []iso20022.Reason{{Code: iso20022.Code{Value: p.code}}}
	}
	if p.abroad {
		header := &iso20022.Header{From: iso20022.Agent{BIC: BIC}, To: iso20022.Agent{BIC: BIC}, BusinessID: "S1", CreatedAt: iso20022.At(Noon)}
		return XML(header, &iso20022.StatusReport{MessageID: "S1", CreatedAt: iso20022.At(Noon), Transactions: []iso20022.TransactionStatus{s}})
	}
	return XML(nil, &iso20022.InitiationStatus{
		MessageID: "S1", CreatedAt: iso20022.At(Noon), Original: iso20022.Original{MessageID: p.endToEnd, Message: iso20022.Pain001}, Status: p.status,
		Payments: []iso20022.PaymentStatus{{PaymentID: p.endToEnd, Transactions: []iso20022.TransactionStatus{s}}},
	})
}

func (o *Office) tracked(uetr string) Answer {
	p, ok := o.known[uetr]
	if !ok {
		return NotFound
	}
	sum := fmt.Sprintf(`{"amount":%q,"currency":%q}`, p.amount.Value(), p.amount.Asset().Code)
	return Text(http.StatusOK, fmt.Sprintf(`{"uetr":%q,"status":%q,"reason":%q,"updates":[],"charges":[],"instructed":%s}`, uetr, p.status, p.code, sum))
}

// cancel refuses a reference for ever, unless it was settled.
func (o *Office) cancel(endToEnd string) Answer {
	p, seen := o.known[endToEnd]
	confirmation, status := iso20022.CancellationDone, iso20022.CancelAccepted
	switch {
	case !seen:
		o.known[endToEnd] = &order{endToEnd: endToEnd, refused: true, status: iso20022.Rejected, code: "DS02"}
	case p.settled:
		confirmation, status = iso20022.CancellationRefused, iso20022.CancelRejected
	case !p.refused:
		p.refused, p.status, p.code = true, iso20022.Rejected, "DS02"
	}
	us := iso20022.Actor{Agent: iso20022.Agent{BIC: BIC}}
	return XML(nil, &iso20022.Resolution{
		Assignment:   iso20022.Assignment{ID: "R1", From: us, To: iso20022.Actor{Party: iso20022.Party{Name: "Causeway"}}, CreatedAt: iso20022.At(Noon)},
		Confirmation: confirmation,
		Details: []iso20022.CancellationDetails{{Payments: []iso20022.PaymentCancellationStatus{{
			PaymentID: endToEnd, Transactions: []iso20022.CancellationResult{{Original: iso20022.Original{EndToEndID: endToEnd}, Status: status}},
		}}}},
	})
}
