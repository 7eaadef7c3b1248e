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

// institution is a bank where we hold one account: what it booked there, what its mailbox tells of it, and what became of
// the orders that it was given. What its word and its books mean together package banklink says, as in a real gateway.
type institution struct {
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

func newInstitution(w *world, name string, caps payment.Capabilities, currency string) (institution, error) {
	link, err := banklink.New(banklink.Config{Config: line.Config{Name: name, Capabilities: caps}})
	asset := money.MustAsset(currency)
	return institution{
		peer: peer{w, name, caps}, link: link, asset: asset, balance: asset.Zero(), booked: map[string]bool{}, places: map[string][]string{},
		credits: map[string]*credit{}, orders: map[string]*order{}, refused: map[string]bool{},
	}, err
}

// institutions are the banks where we hold an account.
func (w *world) institutions() []*institution {
	return []*institution{&w.home.institution, &w.abroad.institution}
}

// tellOf writes a movement into the mailbox, at times twice, and books it once.
func (i *institution) tellOf(m movement) {
	m.at = now()
	i.mailbox = append(i.mailbox, m)
	if i.chance(8) {
		i.count(MailboxTwice)
		i.mailbox = append(i.mailbox, m)
	}
	if !m.booked || i.booked[m.reference] {
		return
	}
	i.booked[m.reference] = true
	if m.credit {
		i.balance = i.balance.Add(m.amount)
	} else {
		i.balance = i.balance.Sub(m.amount)
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
func (i *institution) watch(ctx context.Context, by *gatewayProcess, journal rails.Journal) error {
	place, err := journal.Cursor(ctx)
	if err != nil {
		return err
	}
	read, _ := strconv.Atoi(place) // nothing yet: from the beginning
	for {
		var page []movement
		_, err := i.exchange(ctx, by, fmt.Sprintf("mailbox %s %d", i.name, read), mailboxFaults, func() (payment.Result, error) {
			page = i.mailbox[read:min(read+mailPage, len(i.mailbox))]
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
func (i *institution) carry(at payment.Attempt, live func(o *order)) (payment.Result, error) {
	o, known := i.orders[at.ID]
	switch {
	case known && time.Now().Before(o.at.Add(i.caps.Replay)):
	case i.refused[at.ID]:
	case known: // the same order again, as far as this bank can tell
		o.trail.Debits++
		i.tellOf(movement{reference: i.newID("mov"), booked: true, amount: at.Amount, attempt: at.ID})
	default:
		o = &order{amount: at.Amount, at: time.Now()}
		i.orders[at.ID] = o
		i.report(at.ID, iso20022.Received, "", false)
		i.later(i.within(10*time.Minute), "order "+at.ID, func() { live(o) })
	}
	return i.answer(at)
}

// report notes what the bank says of an order from now on, and calls.
func (i *institution) report(ref string, status iso20022.Status, code string, paid bool) {
	o := i.orders[ref]
	o.reports = append(o.reports, banklink.Standing{Status: status, Code: code, ID: "bank_" + ref, Paid: paid, At: time.Now()})
	i.callback(ref)
}

// answer is what an inquiry comes to.
func (i *institution) answer(at payment.Attempt) (payment.Result, error) {
	o, known := i.orders[at.ID]
	if !known {
		return payment.Result{NotFound: true}, nil
	}
	return i.link.Result(at, o.reports[len(o.reports)-1], o.trail)
}

// debit books an order.
func (i *institution) debit(ref string) {
	o := i.orders[ref]
	o.trail.Debits++
	i.tellOf(movement{reference: i.newID("mov"), booked: true, amount: o.amount, attempt: ref})
}

// bill books what a bank on the way took.
func (i *institution) bill(ref string, amount money.Amount) {
	i.count(PayoutBilled)
	i.orders[ref].trail.Billed = amount
	i.tellOf(movement{reference: i.newID("mov"), booked: true, amount: amount, attempt: ref})
}

// giveBack books what came back of an order.
func (i *institution) giveBack(ref string, amount money.Amount, code string) {
	o := i.orders[ref]
	o.trail.Back, o.trail.Code = amount, code
	i.tellOf(movement{reference: i.newID("mov"), credit: true, taken: true, booked: true, amount: amount, attempt: ref})
	i.callback(ref)
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
