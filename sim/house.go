package sim

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/iso20022"
	"github.com/causeway-pay/causeway/rails/line"
)

// house is a bank where we hold one account: what it booked there, what its mailbox tells of it, and what became of the
// orders that it was given. What its word and its books mean together package banklink says, as in a real gateway.
type house struct {
	peer

	link    *banklink.Link
	asset   money.Asset
	balance money.Amount
	booked  map[string]bool // movements by reference
	mailbox []movement      // as it is told: a movement may stand there twice
	places  map[string][]string
	credits map[string]*credit // by reference
	orders  map[string]*order
	refused map[string]bool // references that a cancel refuses for ever
}

// movement is one line of the mailbox.
type movement struct {
	reference string
	credit    bool
	taken     bool // a reversal, or what came back of a payout
	booked    bool
	amount    money.Amount
	attempt   string // of a payout
	payTo     string
	at        time.Time
}

// credit is what a payer sent.
type credit struct {
	amount money.Amount
	payTo  string
	stands bool // it was booked and not taken back
}

// order is a payout as the bank knows it.
type order struct {
	amount  money.Amount
	at      time.Time
	reports []banklink.Standing // oldest first
	trail   banklink.Trail
}

func newHouse(w *world, name string, caps payment.Capabilities, currency string) (house, error) {
	link, err := banklink.New(banklink.Config{Config: line.Config{Name: name, Capabilities: caps}})
	asset := money.MustAsset(currency)
	return house{
		peer: peer{w, name, caps}, link: link, asset: asset, balance: asset.Zero(), booked: map[string]bool{}, places: map[string][]string{},
		credits: map[string]*credit{}, orders: map[string]*order{}, refused: map[string]bool{},
	}, err
}

// tellOf writes a movement into the mailbox, at times twice, and books it once.
func (h *house) tellOf(m movement) {
	m.at = now()
	h.mailbox = append(h.mailbox, m)
	if h.chance(8) {
		h.count(MailboxTwice)
		h.mailbox = append(h.mailbox, m)
	}
	if !m.booked || h.booked[m.reference] {
		return
	}
	h.booked[m.reference] = true
	if m.credit {
		h.balance = h.balance.Add(m.amount)
	} else {
		h.balance = h.balance.Sub(m.amount)
	}
}

// mailPage is how many lines are read at a time, mailPoll how long a watcher waits at the end.
const (
	mailPage = 20
	mailPoll = 20 * time.Second
)

// mailboxFaults is what goes wrong with reading it.
var mailboxFaults = []weighted{{MailboxFails, 4}}

// watch reads the mailbox for one process and tells its journal, as the watchers of banks do.
func (h *house) watch(ctx context.Context, of *gatewayProcess, journal rails.Journal) error {
	place, err := journal.Cursor(ctx)
	if err != nil {
		return err
	}
	read, _ := strconv.Atoi(place) // nothing yet: from the beginning
	for {
		var page []movement
		_, err := h.exchange(ctx, of, fmt.Sprintf("mailbox %s %d", h.name, read), mailboxFaults, func() (payment.Result, error) {
			page = h.mailbox[read:min(read+mailPage, len(h.mailbox))]
			return payment.Result{}, nil
		})
		if err != nil {
			return err
		}
		for _, m := range page {
			if err := tellMovement(ctx, journal, m); err != nil {
				return fmt.Errorf("%s: %w", m.reference, err)
			}
		}
		if read += len(page); len(page) > 0 {
			if err := journal.Advance(ctx, strconv.Itoa(read)); err != nil {
				return err
			}
			continue
		}
		poll := time.NewTimer(mailPoll)
		select {
		case <-ctx.Done():
			poll.Stop()
			return ctx.Err()
		case <-poll.C:
		}
	}
}

// tellMovement tells one line: news of a payout, or a transfer of a payer.
func tellMovement(ctx context.Context, journal rails.Journal, m movement) error {
	if m.attempt != "" {
		return journal.Moved(ctx, m.attempt)
	}
	r := payment.Receipt{Reference: m.reference, Amount: m.amount, Tx: "e2e", At: m.at, State: payment.ReceiptSeen}
	switch {
	case m.taken:
		r.State = payment.ReceiptOrphaned
	case m.booked:
		r.State = payment.ReceiptCredited
	}
	return journal.Arrived(ctx, m.payTo, r)
}

// carry takes an order in, once where it promises to know the reference again, and then says what it has said of it.
func (h *house) carry(at payment.Attempt, live func(o *order)) (payment.Result, error) {
	o, known := h.orders[at.ID]
	switch {
	case known && time.Now().Before(o.at.Add(h.caps.Replay)):
	case h.refused[at.ID]:
	case known: // the same order again, as far as this bank can tell
		o.trail.Debits++
		h.tellOf(movement{reference: h.newID("mov"), booked: true, amount: at.Amount, attempt: at.ID})
	default:
		o = &order{amount: at.Amount, at: time.Now()}
		h.orders[at.ID] = o
		h.report(at.ID, iso20022.Received, "", false)
		h.later(h.within(10*time.Minute), "order "+at.ID, func() { live(o) })
	}
	return h.answer(at)
}

// report notes what the bank says of an order from now on, and calls.
func (h *house) report(ref string, status iso20022.Status, code string, paid bool) {
	o := h.orders[ref]
	o.reports = append(o.reports, banklink.Standing{Status: status, Code: code, ID: "bank_" + ref, Paid: paid, At: time.Now()})
	h.callback(ref)
}

// answer is what an inquiry comes to.
func (h *house) answer(at payment.Attempt) (payment.Result, error) {
	o, known := h.orders[at.ID]
	if !known {
		return payment.Result{NotFound: true}, nil
	}
	return h.link.Result(at, o.reports[len(o.reports)-1], o.trail)
}

// debit books an order.
func (h *house) debit(ref string) {
	o := h.orders[ref]
	o.trail.Debits++
	h.tellOf(movement{reference: h.newID("mov"), booked: true, amount: o.amount, attempt: ref})
}

// bill books what a bank on the way took.
func (h *house) bill(ref string, amount money.Amount) {
	h.count(PayoutBilled)
	h.orders[ref].trail.Billed = amount
	h.tellOf(movement{reference: h.newID("mov"), booked: true, amount: amount, attempt: ref})
}

// giveBack books what came back of an order.
func (h *house) giveBack(ref string, amount money.Amount, code string) {
	o := h.orders[ref]
	o.trail.Back, o.trail.Code = amount, code
	h.tellOf(movement{reference: h.newID("mov"), credit: true, taken: true, booked: true, amount: amount, attempt: ref})
	h.callback(ref)
}

// gone is how much of ours went out for an attempt and did not come back.
func (o *order) gone() money.Amount {
	out := o.amount.Asset().Zero()
	for range o.trail.Debits {
		out = out.Add(o.amount)
	}
	if !o.trail.Back.Asset().IsZero() {
		out = out.Sub(o.trail.Back)
	}
	return out
}
