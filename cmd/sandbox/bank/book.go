package bank

import (
	"slices"
	"sync"
	"time"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
	"github.com/causeway-pay/causeway/cmd/sandbox/channel"
	"github.com/causeway-pay/causeway/cmd/sandbox/clock"
	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
	"github.com/causeway-pay/causeway/cmd/sandbox/scenario"
)

// book is the accounts and the transfers of one bank. Its size is bounded by the movement log, which takes one line per
// message.
type book struct {
	config   Config
	world    channel.World
	calendar calendar
	tell     func(scenario.Callbacks, ...[]byte) // calls back; called with mu held, must not block

	mu       sync.Mutex
	at       clock.Time // the moment that is acted on: now, or when a step was due
	accounts []*account
	payments map[paymentKey]*payment
	entries  map[string]*entry        // by the bank's own reference
	funded   map[string]amount.Amount // put in through the control API or there from the start, by currency
	outside  map[string]amount.Amount // what came in less what went out, by currency
}

// paymentKey keeps the references of the two kinds of order apart.
type paymentKey struct{ message, reference string }

// account is one account with everything that happened on it.
type account struct {
	Account
	opened   clock.Time
	balance  amount.Amount
	reserved amount.Amount // accepted orders that are not booked yet
	booked   []*entry      // in the order of booking
	notices  []notice      // the mailbox: notice n has sequence n+1
}

// entry is one movement on an account.
type entry struct {
	reference string // the bank's own
	account   *account
	credit    bool
	amount    amount.Amount
	kind      movement.Kind
	pending   bool
	at        clock.Time // of the booking, or of the announcement of a pending one
	order     order      // the payment it belongs to, as far as it is known
	levy      *levy      // of a charge
	reason    string     // of a return
	reverses  string     // the bank's reference of the entry that is taken back
	reversed  bool       // it was taken back
}

// levy is what an agent took for its part.
type levy struct {
	agent  string
	amount amount.Amount
}

// notice is one entry as it was reported.
type notice struct {
	entry
	id string
}

// newBook opens the accounts of a configuration that was checked.
func newBook(config Config, world channel.World, tell func(scenario.Callbacks, ...[]byte)) *book {
	days, _ := newCalendar(config.Cutoff)
	b := &book{
		config: config, world: world, calendar: days, tell: tell,
		payments: map[paymentKey]*payment{}, entries: map[string]*entry{},
		funded: map[string]amount.Amount{}, outside: map[string]amount.Amount{},
	}
	for _, each := range config.Accounts {
		b.accounts = append(b.accounts, &account{
			Account: each, opened: world.Clock.Now(), balance: each.Opening, reserved: each.Opening.Zero(),
		})
		b.funded[each.Currency] = b.funded[each.Currency].Add(each.Opening)
		world.Log.Record(movement.Movement{
			Channel: config.Name, Kind: movement.Fund, Reference: "opening", Account: each.ID,
			Amount: each.Opening, Currency: each.Currency,
		})
	}
	return b
}

// begin begins something that happens now, and returns what ends it.
func (b *book) begin() func() {
	b.mu.Lock()
	b.at = b.world.Clock.Now()
	return b.mu.Unlock
}

// after runs f once d has passed since the moment that is acted on. Time counts from when a step was due and not from
// when it ran, so that a clock that is moved by a day runs all the steps of that day, each with its own moment.
func (b *book) after(d time.Duration, f func()) {
	due := clock.Time{Time: b.at.Add(d)}
	b.world.Clock.AfterFunc(due.Sub(b.world.Clock.Now().Time), func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.at = due
		f()
	})
}

// account returns the account with that number, or nil.
func (b *book) account(id string) *account {
	i := slices.IndexFunc(b.accounts, func(a *account) bool { return a.ID == id })
	if i < 0 {
		return nil
	}
	return b.accounts[i]
}

// accountOf returns the account that an order debits: the one it names, or else the first in its currency.
func (b *book) accountOf(o order) *account {
	if o.Account != "" {
		return b.account(o.Account)
	}
	i := slices.IndexFunc(b.accounts, func(a *account) bool { return a.Currency == o.Currency })
	if i < 0 {
		return nil
	}
	return b.accounts[i]
}

// covers reports whether the account holds value beside what is promised already.
func (a *account) covers(value amount.Amount) bool {
	return !value.Exceeds(a.balance.Sub(a.reserved))
}

// newReference returns a reference of the bank's own, of at most 35 characters of the set that every bank can print.
func (b *book) newReference() string { return b.world.NewID("SB") }

// enter books an entry: the balance, the movement log, the mailbox and the callback, in this order. An entry that was
// pending keeps its reference.
func (b *book) enter(e *entry, manner scenario.Callbacks) {
	a := e.account
	e.pending, e.at = false, b.at
	if e.reference == "" {
		e.reference = b.newReference()
	}
	b.entries[e.reference] = e
	change := e.amount
	if !e.credit {
		change = e.amount.Zero().Sub(e.amount)
	}
	a.balance = a.balance.Add(change)
	purse := b.outside
	if e.kind == movement.Fund {
		purse = b.funded
	}
	purse[a.Currency] = purse[a.Currency].Add(change)
	a.booked = append(a.booked, e)
	b.record(e)
	b.notify(e, manner)
}

// record writes a booked entry to the log. It is found by every name that the payment has.
func (b *book) record(e *entry) {
	reference := e.reference
	if e.order.Message != "" {
		reference = e.order.key()
	}
	names := []string{e.reference, e.order.EndToEndID, e.order.UETR, e.order.Reference, e.reverses}
	names = slices.DeleteFunc(names, func(name string) bool { return name == "" || name == reference || name == notProvided })
	b.world.Log.Record(movement.Movement{
		Channel: b.config.Name, Kind: e.kind, Reference: reference, Also: names, ID: e.reference, Account: e.account.ID,
		Amount: e.amount, Currency: e.account.Currency, Code: e.reason,
	})
}

// note writes what happened to a payment without moving money.
func (b *book) note(kind movement.Kind, o order, code string) {
	b.world.Log.Record(movement.Movement{
		Channel: b.config.Name, Kind: kind, Reference: o.key(), Also: o.also(), Amount: o.Amount, Currency: o.Currency, Code: code,
	})
}

// notify puts an entry into the mailbox of its account and calls back.
func (b *book) notify(e *entry, manner scenario.Callbacks) {
	n := notice{entry: *e, id: b.newReference()}
	e.account.notices = append(e.account.notices, n)
	b.tell(manner, b.notification(e.account, []notice{n}, false))
}
