package bank

import (
	"github.com/causeway-pay/causeway/cmd/sandbox/iso"
	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
	"github.com/causeway-pay/causeway/cmd/sandbox/scenario"
)

// cancellation asks for a payment to be canceled or recalled.
type cancellation struct {
	message   string // camt.055 or camt.056
	id        string // of the request
	reference string
	payment   string // PmtInfId of the pain.001
	from      string // BIC of the header of a camt.056
}

// recall is the answer to a cancellation. The zero recall is none.
type recall struct{ status, reason string }

// The answers, as camt.029 confirms them, and their reasons.
const (
	recallDone    = "CNCL"
	recallRefused = "RJCR"
	recallOpen    = "PDCR"

	neverReceived   = "NOOR"
	alreadyPassedOn = "PTNA"
	alreadyReturned = "ARDT"
	customerRefuses = "CUST"
	alreadyRefused  = "NARR"
	afterRecall     = "FOCR" // why a payment is returned
	onRequest       = "CUST" // why a recalled payment is not carried out
)

// canceled reads a camt.055 or a camt.056 of one payment, and the scenario it asks for.
func canceled(m iso.Message, d *iso.Cancellation) (cancellation, string, error) {
	body, asked := d.Customer, d.Customer.Orders
	if m.Name == iso.Camt056 {
		body, asked = d.Bank, d.Bank.Transfers
	}
	if len(asked) != 1 {
		return cancellation{}, "", invalid("a cancellation names one payment: TxInf")
	}
	c := cancellation{message: m.Name, id: body.ID, reference: asked[0].EndToEndID, payment: d.Customer.Payment}
	var faults []string
	if !idGrammar.MatchString(c.id) {
		faults = append(faults, "Assgnmt/Id must be 1 to 35 characters")
	}
	switch {
	case m.Name == iso.Camt056:
		c.reference, c.payment = asked[0].UETR, ""
		faults = append(faults, headerFaults(m)...)
		if !uetrGrammar.MatchString(c.reference) {
			faults = append(faults, "OrgnlUETR must be a version 4 UUID in small letters")
		}
	case !idGrammar.MatchString(c.reference) || !idGrammar.MatchString(c.payment):
		faults = append(faults, "OrgnlEndToEndId and OrgnlPmtInfId must be 1 to 35 characters")
	}
	if m.Header != nil {
		c.from = m.Header.From
	}
	return c, asked[0].Simulate, invalid(faults...)
}

// cancel cancels or recalls a payment as far as it still can, and returns the answer.
func (b *book) cancel(c cancellation, s scenario.Scenario) []byte {
	defer b.begin()()
	message := iso.Pain001
	if c.message == iso.Camt056 {
		message = iso.Pacs008
	}
	key := paymentKey{message, c.reference}
	p, seen := b.payments[key]
	if !seen {
		return b.resolution(c, b.fence(key, c))
	}
	return b.resolution(c, b.judge(p, s))
}

// fence makes sure that a reference that never came is refused when it comes, where the bank offers that.
func (b *book) fence(key paymentKey, c cancellation) recall {
	if !b.config.Fence {
		return recall{recallRefused, neverReceived}
	}
	p := &payment{over: true, recall: recall{status: recallDone}, states: []state{b.state(rejected, canceledByUser)}}
	p.order.names = names{MessageID: notProvided, PaymentID: c.payment, From: c.from}
	p.order.Message = key.message
	if key.message == iso.Pacs008 {
		p.order.UETR = key.reference
	} else {
		p.order.EndToEndID = key.reference
	}
	b.payments[key] = p
	b.note(movement.Cancel, p.order, canceledByUser)
	return p.recall
}

// judge decides on a cancellation of a payment that came. An answer that was given stands.
func (b *book) judge(p *payment, s scenario.Scenario) recall {
	if p.recall.status != "" {
		return p.recall
	}
	course := p.scenario.Course
	if s.Course == scenario.Recalled || s.Course == scenario.Kept {
		course = s.Course
	}
	switch {
	case p.now().status == rejected:
		return recall{recallRefused, alreadyRefused}
	case p.returned != nil:
		return recall{recallRefused, alreadyReturned}
	case course == scenario.Kept:
		p.recall = recall{recallRefused, customerRefuses}
	case !p.debited:
		b.withdraw(p)
	case course == scenario.Recalled:
		b.bringBack(p, recall{status: recallDone})
	case p.over && p.betweenBanks():
		return recall{recallRefused, customerRefuses}
	case p.over:
		return recall{recallRefused, alreadyPassedOn}
	default:
		b.bringBack(p, recall{status: recallOpen})
	}
	return p.recall
}

// withdraw cancels a payment for which no money has moved.
func (b *book) withdraw(p *payment) {
	p.over, p.resume = true, nil
	p.recall = recall{status: recallDone}
	b.unreserve(p)
	b.note(movement.Cancel, p.order, canceledByUser)
	b.become(p, rejected, canceledByUser)
}

// bringBack stops a payment that is under way and brings back what is left of it; one that arrived comes back as well.
// The money takes a step; until it is there an open recall stays open.
func (b *book) bringBack(p *payment, answer recall) {
	p.recall, p.resume = answer, nil
	travelling := !p.over
	p.over = true
	b.note(movement.Cancel, p.order, onRequest)
	b.after(b.config.Settle, func() {
		p.recall = recall{status: recallDone}
		if travelling {
			p.states = append(p.states, b.state(rejected, onRequest)) // the pacs.004 says so
		}
		b.comeBack(p, p.left, afterRecall)
	})
}
