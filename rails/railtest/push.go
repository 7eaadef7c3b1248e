package railtest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

// Push is a rail on which payers send the money by themselves, with the network behind it.
type Push struct {
	// Network returns a new network with empty books.
	Network func(t *testing.T) PushNetwork
	// Method is how the payer pays.
	Method payment.Method
	// Amount is what the payer is asked for. Half of it must be payable, too.
	Amount money.Amount
}

// PushNetwork is a bank or a chain, played by a test: what the adapter asks, and what payers pay over.
type PushNetwork interface {
	// Open returns a new adapter, as after a restart. What its store remembers outlives it.
	Open() (rails.Rail, error)
	// Give notes an attempt whose place was given out, as the gateway stores it before the payer hears of it.
	Give(a payment.Attempt)
	// Pay has a payer send an amount to a place. Nothing of it is booked, or in a block, yet.
	Pay(payTo string, amount money.Amount)
	// Book books everything that was paid, or puts it as deep into the chain as it has to be.
	Book()
	// Undo takes back all that was booked, as a reorganisation does, and returns false where that never happens.
	Undo() bool
	// Silence says whether the network answers nobody.
	Silence(on bool)
	// Look has the adapter's watcher look once at everything there is, and tell journal.
	Look(ctx context.Context, rail rails.Rail, journal rails.Journal) error
}

// RunPush runs the suite of push rails as subtests.
func RunPush(t *testing.T, s Push) {
	t.Helper()
	for _, scene := range pushScenes {
		t.Run(scene.name, func(t *testing.T) {
			p := newPushTrial(t, s)
			scene.play(p)
		})
	}
}

var pushScenes = []struct {
	name string
	play func(p *pushTrial)
}{
	{"each attempt has a place of its own, for ever", ownPlaces},
	{"the payer is told without asking anybody", toldAlone},
	{"money counts once, whoever tells of it and how often", countsOnce},
	{"money that is not booked does not count", notBooked},
	{"money in pieces", inPieces},
	{"more than was asked for", moreThanAsked},
	{"cancel when nothing came", cancelNothing},
	{"cancel when something came", cancelSomething},
	{"cancel when nobody answers", cancelSilence},
	{"money that comes after the cancel", afterCancel},
	{"money for a place that was never given out", strangePlace},
	{"a crash at every telling", crashes},
	{"nobody answers for a while", silenceForAWhile},
	{"money that is taken back, and comes again", takenBack},
}

// pushTrial is one payment on one adapter.
type pushTrial struct {
	Push

	t       *testing.T
	network PushNetwork
	rail    rails.Rail
	books   *pushBooks
}

func newPushTrial(t *testing.T, s Push) *pushTrial {
	t.Helper()
	p := &pushTrial{Push: s, t: t, network: s.Network(t), books: &pushBooks{payments: map[string]payment.Payment{}}}
	p.restart()
	if !p.rail.Capabilities().Push {
		t.Fatal("it does not say that payers send the money by themselves")
	}
	return p
}

func (p *pushTrial) restart() {
	p.t.Helper()
	rail, err := p.network.Open()
	if err != nil {
		p.t.Fatalf("open: %v", err)
	}
	p.rail = rail
}

// order makes a payment whose payer is told where to pay, and returns the place.
func (p *pushTrial) order(number int64) string {
	p.t.Helper()
	o := ask(p.Method, p.Amount, number, p.rail.Capabilities())
	a := &o.Attempts[0]
	a.Number = number
	instruction, err := p.rail.(rails.Receiver).Instruct(o, *a)
	if err != nil {
		p.t.Fatalf("instruct: %v", err)
	}
	if instruction.PayTo == "" || !instruction.Amount.Equal(p.Amount) {
		p.t.Errorf("instruction %+v names no place, or not %s", instruction, p.Amount)
	}
	a.Instruction = instruction
	p.books.payments[instruction.PayTo] = o
	p.network.Give(*a)
	p.learn(instruction.PayTo, payment.ByAnswer, func(ctx context.Context, a payment.Attempt) (payment.Result, error) {
		return p.rail.Send(ctx, o, a)
	})
	return instruction.PayTo
}

// learn asks the adapter and has the payment believe it.
func (p *pushTrial) learn(place string, by payment.Evidence, call func(context.Context, payment.Attempt) (payment.Result, error)) payment.Outcome {
	p.t.Helper()
	o := p.books.payments[place]
	a, _ := o.Last()
	result, err := call(p.t.Context(), a)
	if err != nil {
		result = payment.Result{}
	}
	after, err := o.Learn(payment.News{Ref: a.ID, By: by, At: start, Result: result})
	if err != nil {
		p.t.Fatalf("learn: %v", err)
	}
	p.books.payments[place] = after
	a, _ = after.Last()
	return a.Outcome
}

func (p *pushTrial) cancel(place string) payment.Outcome {
	p.t.Helper()
	return p.learn(place, payment.ByCancel, p.rail.(rails.Canceler).Cancel)
}

// look has the watcher look, and demands that it could.
func (p *pushTrial) look() {
	p.t.Helper()
	if err := p.network.Look(p.t.Context(), p.rail, p.books); err != nil {
		p.t.Fatalf("look: %v", err)
	}
}

// wants demands how much counts for a place, and what became of its attempt.
func (p *pushTrial) wants(place string, counts money.Amount, outcome payment.Outcome) {
	p.t.Helper()
	o := p.books.payments[place]
	a, _ := o.Last()
	total := p.Amount.Asset().Zero()
	for _, r := range o.Receipts {
		if r.State == payment.ReceiptCredited {
			total = total.Add(r.Amount)
		}
	}
	if !total.Equal(counts) || a.Outcome != outcome {
		p.t.Errorf("%s counts and it is %s, want %s and %s; receipts: %+v", total, a.Outcome, counts, outcome, o.Receipts)
	}
}

func (p *pushTrial) half() money.Amount { return p.Amount.Bps(5000) }

func (p *pushTrial) none() money.Amount { return p.Amount.Asset().Zero() }

// pushBooks take in what a watcher tells, as the gateway does.
type pushBooks struct {
	payments map[string]payment.Payment // by place
	strays   int
	cursor   string
	told     int
	failAt   int // the telling that fails, from 1; 0: none
}

var errCrash = errors.New("the process ended here")

// Arrived applies a receipt to its payment.
func (b *pushBooks) Arrived(_ context.Context, payTo string, r payment.Receipt) error {
	if b.told++; b.told == b.failAt {
		return errCrash
	}
	o, ok := b.payments[payTo]
	if !ok {
		b.strays++
		return nil
	}
	r.ID, r.Attempt = fmt.Sprintf("rct_%d", len(o.Receipts)+1), o.Attempts[0].ID
	after, err := o.Receive(r, start)
	b.payments[payTo] = after
	return err
}

// Moved is for payouts.
func (b *pushBooks) Moved(context.Context, string) error { return nil }

// Cursor returns how far the watcher had looked.
func (b *pushBooks) Cursor(context.Context) (string, error) { return b.cursor, nil }

// Advance remembers how far the watcher has looked.
func (b *pushBooks) Advance(_ context.Context, cursor string) error {
	b.cursor = cursor
	return nil
}
