package bank

import (
	"time"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
	"github.com/causeway-pay/causeway/cmd/sandbox/clock"
	"github.com/causeway-pay/causeway/cmd/sandbox/iso"
	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
	"github.com/causeway-pay/causeway/cmd/sandbox/scenario"
)

// The statuses of a payment, from the external code set.
//
//	now   event                                             pain.001        pacs.008
//	-     refused at once                                   RJCT            RJCT
//	-     taken, but slowly                                 ACTC            ACTC
//	-     too late for today, or held                       PDNG            -
//	-     taken                                             ACCP            ACSP G000, G002 or G004
//	ACTC  its time has come                                 ACCP            ACSP
//	PDNG  the next business day, or released                ACCP            -
//	ACCP  booked                                            ACSC            -
//	ACCP  refused after all                                 RJCT            -
//	ACSP  released, or covered                              -               ACSP G000
//	ACSP  an agent on the way refuses                       -               RJCT
//	ACSP  the beneficiary has the money                     -               ACCC
//	any   canceled before it is booked, or recalled        RJCT            RJCT
//
// Nothing leaves ACSC, ACCC or RJCT; money that comes back later is an entry, and a pacs.004.
const (
	technical = "ACTC"
	accepted  = "ACCP"
	pending   = "PDNG"
	settled   = "ACSC"
	underway  = "ACSP"
	credited  = "ACCC"
	rejected  = "RJCT"
)

// The reasons that this bank gives by itself.
const (
	forwarded      = "G000"
	pendingCredit  = "G002"
	pendingCover   = "G004"
	badAccount     = "AC01"
	badDebtor      = "AC02"
	accountClosed  = "AC04"
	badCurrency    = "AM03"
	noFunds        = "AM04"
	duplicate      = "AM05"
	tooSmall       = "AM06"
	badAmount      = "AM12"
	canceledByUser = "DS02"
	unspecified    = "MS03"
)

// payment is one transfer that the bank was asked for, or that was canceled before it came.
type payment struct {
	order     order
	reference string // the bank's own
	scenario  scenario.Scenario
	states    []state // everything it was, the newest last
	accepted  clock.Time
	levies    []levy        // what was taken from it on its way
	left      amount.Amount // what is still on its way
	reserved  bool          // the account promised the amount
	debited   bool
	over      bool   // no further step is taken
	recall    recall // what came of a recall
	resume    func() // goes on when it is released; nil when it does not wait
	returned  *amount.Amount
}

// state is what a payment was at one moment, and who said so.
type state struct {
	status, reason string
	agent          string
	at             clock.Time
}

func (p *payment) now() state { return p.states[len(p.states)-1] }

// place carries out an order and returns its report, or the report of what became of it when it came before.
func (b *book) place(o order, s scenario.Scenario, wrong bool) []byte {
	defer b.begin()()
	key := paymentKey{o.Message, o.key()}
	p, seen := b.payments[key]
	switch {
	case seen && p.order.Amount.IsZero(): // canceled before it came
		p.order = o
		b.note(movement.Reject, o, p.now().reason)
		return b.reportOn(p, wrong)
	case seen && !p.order.same(o.content):
		b.note(movement.Reject, o, duplicate)
		return b.reportOn(&payment{order: o, states: []state{b.state(rejected, duplicate)}}, wrong)
	case seen:
		return b.reportOn(p, wrong)
	}
	p = &payment{order: o, reference: b.newReference(), scenario: s, left: o.Amount}
	b.payments[key] = p
	if code := b.objection(o, s); code != "" {
		b.reject(p, code)
		return b.reportOn(p, wrong)
	}
	p.accepted = b.at
	begin := b.schedule
	if o.Message == iso.Pacs008 {
		begin = b.dispatch
	}
	if s.Course == scenario.Delayed {
		b.become(p, technical, "")
		b.later(p, s.Delay, begin)
		return b.reportOn(p, wrong)
	}
	begin(p)
	return b.reportOn(p, wrong)
}

// objection returns why an order is refused, or nothing.
func (b *book) objection(o order, s scenario.Scenario) string {
	a := b.accountOf(o)
	switch {
	case s.Effect == scenario.Decline && s.Code != "":
		return s.Code
	case s.Effect == scenario.Decline:
		return unspecified
	case a == nil && o.Account == "":
		return badCurrency
	case a == nil:
		return badDebtor
	case a.Currency != o.Currency:
		return badCurrency
	case o.Amount.Decimals() > decimalsOf(o.Currency):
		return badAmount
	case o.CreditorAccount == "" || o.CreditorIBAN && !validIBAN(o.CreditorAccount):
		return badAccount
	case !a.covers(o.Amount):
		return noFunds
	}
	return ""
}

// become changes the status of a payment and calls back.
func (b *book) become(p *payment, status, reason string) { b.becomeAt(p, status, reason, b.config.BIC) }

func (b *book) becomeAt(p *payment, status, reason, agent string) {
	was := ""
	if len(p.states) > 0 {
		was = p.now().status + p.now().reason
	}
	p.states = append(p.states, state{status, reason, agent, b.at})
	if was == status+reason {
		return
	}
	documents := [][]byte{b.reportOn(p, false)}
	if p.scenario.Callbacks == scenario.Backwards {
		documents = append(documents, b.reportOn(p.earlier(b.state(technical, "")), false))
	}
	b.tell(p.scenario.Callbacks, documents...)
}

// earlier returns the payment as it was before its last change, or as first before any.
func (p *payment) earlier(first state) *payment {
	before := *p
	before.states = p.states[:len(p.states)-1]
	if len(before.states) == 0 {
		before.states = []state{first}
	}
	return &before
}

func (b *book) state(status, reason string) state {
	return state{status, reason, b.config.BIC, b.at}
}

// later takes the next step of a payment after d, unless it is over by then.
func (b *book) later(p *payment, d time.Duration, step func(*payment)) {
	b.after(d, func() {
		if !p.over {
			step(p)
		}
	})
}

// wait stops a payment until it is released.
func (b *book) wait(p *payment, next func(*payment)) {
	p.resume = func() {
		p.resume = nil
		next(p)
	}
}

// reject ends a payment, and gives back what was debited for it.
func (b *book) reject(p *payment, code string) { b.rejectBy(p, code, b.config.BIC) }

func (b *book) rejectBy(p *payment, code, agent string) {
	p.over = true
	p.levies, p.left = nil, p.order.Amount.Zero()
	b.note(movement.Reject, p.order, code)
	b.unreserve(p)
	if p.debited {
		b.giveBack(p, p.order.Amount, code)
	}
	b.becomeAt(p, rejected, code, agent)
}

// giveBack books money of a payment that comes back.
func (b *book) giveBack(p *payment, value amount.Amount, reason string) {
	b.enter(&entry{
		account: b.accountOf(p.order), credit: true, amount: value, kind: movement.Return, order: p.order, reason: reason,
	}, p.scenario.Callbacks)
}

func (b *book) unreserve(p *payment) {
	if p.reserved {
		a := b.accountOf(p.order)
		a.reserved = a.reserved.Sub(p.order.Amount)
		p.reserved = false
	}
}
