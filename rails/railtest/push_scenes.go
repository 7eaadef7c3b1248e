package railtest

import (
	"context"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
)

func ownPlaces(p *pushTrial) {
	seen := map[string]int64{}
	for number := int64(1); number <= 20; number++ {
		place := p.order(number)
		if other, taken := seen[place]; taken {
			p.t.Errorf("attempts %d and %d have the same place", number, other)
		}
		seen[place] = number
	}
	p.restart()
	for place, number := range seen {
		o := p.books.payments[place]
		again, err := p.rail.(rails.Receiver).Instruct(o, o.Attempts[0])
		if err != nil || again != o.Attempts[0].Instruction {
			p.t.Errorf("attempt %d is told %+v after a restart (%v), was told %+v", number, again, err, o.Attempts[0].Instruction)
		}
	}
	o := ask(p.Method, p.Amount, 1, p.rail.Capabilities())
	if i, err := p.rail.(rails.Receiver).Instruct(o, o.Attempts[0]); err == nil {
		p.t.Errorf("an attempt without a number is told %+v", i)
	}
}

func toldAlone(p *pushTrial) {
	p.network.Silence(true)
	place := p.order(1)
	p.wants(place, p.none(), payment.ActionRequired)
	if a, _ := p.books.payments[place].Last(); a.Reason != payment.AwaitingPayer {
		p.t.Errorf("its reason is %s, want %s", a.Reason, payment.AwaitingPayer)
	}
}

func countsOnce(p *pushTrial) {
	place, other := p.order(1), p.order(2)
	p.look()
	p.network.Pay(place, p.Amount)
	p.network.Book()
	for range 3 {
		p.look()
		p.restart()
	}
	p.books.cursor = "" // as if nothing had been remembered
	p.look()
	p.wants(place, p.Amount, payment.Captured)
	p.wants(other, p.none(), payment.ActionRequired)
	if n := len(p.books.payments[place].Receipts); n != 1 {
		p.t.Errorf("one transfer has %d receipts", n)
	}
}

func notBooked(p *pushTrial) {
	place := p.order(1)
	p.look()
	p.network.Pay(place, p.Amount)
	p.look()
	if a, _ := p.books.payments[place].Last(); a.Outcome == payment.Captured {
		p.t.Error("it counts before it is booked")
	}
	p.network.Book()
	p.look()
	p.wants(place, p.Amount, payment.Captured)
}

func inPieces(p *pushTrial) {
	place := p.order(1)
	p.look()
	p.network.Pay(place, p.half())
	p.network.Book()
	p.look()
	p.wants(place, p.half(), payment.Pending)
	p.network.Pay(place, p.half())
	p.network.Book()
	p.look()
	p.wants(place, p.Amount, payment.Captured)
}

func moreThanAsked(p *pushTrial) {
	place := p.order(1)
	p.look()
	p.network.Pay(place, p.half())
	p.network.Pay(place, p.Amount)
	p.network.Book()
	p.look()
	p.wants(place, p.Amount.Add(p.half()), payment.Captured)
}

func cancelNothing(p *pushTrial) {
	place := p.order(1)
	p.look()
	if got := p.cancel(place); got != payment.Canceled {
		p.t.Errorf("it is %s, want %s", got, payment.Canceled)
	}
}

func cancelSomething(p *pushTrial) {
	place := p.order(1)
	p.look()
	p.network.Pay(place, p.half())
	p.network.Book()
	if got := p.cancel(place); got.Free() { // before the watcher told of it
		p.t.Errorf("it is %s, and money came", got)
	}
	p.look()
	if got := p.cancel(place); got.Free() {
		p.t.Errorf("it is %s, and money came", got)
	}
}

func cancelSilence(p *pushTrial) {
	place := p.order(1)
	p.look()
	p.network.Silence(true)
	if got := p.cancel(place); got.Free() {
		p.t.Errorf("it is %s, and nobody said so", got)
	}
	p.network.Silence(false)
	if got := p.cancel(place); !got.Free() {
		p.t.Errorf("it is %s, and nothing came", got)
	}
}

// afterCancel demands that the place is watched for ever: the gateway decides what becomes of such money.
func afterCancel(p *pushTrial) {
	place := p.order(1)
	p.look()
	p.cancel(place)
	p.network.Pay(place, p.half())
	p.network.Book()
	p.look()
	if r := p.books.payments[place].Receipts; len(r) != 1 || r[0].State != payment.ReceiptCredited {
		p.t.Errorf("it was told as %+v", r)
	}
}

func strangePlace(p *pushTrial) {
	place := p.order(1)
	strange := p.order(2)
	delete(p.books.payments, strange)
	p.look()
	p.network.Pay(strange, p.Amount)
	p.network.Book()
	p.look()
	p.wants(place, p.none(), payment.ActionRequired)
	if p.books.strays == 0 {
		p.t.Error("nobody was told of it")
	}
}

// crashes ends the process at the first telling, then at the second, and so on.
func crashes(p *pushTrial) {
	place := p.order(1)
	p.look()
	p.network.Pay(place, p.half())
	p.network.Pay(place, p.half())
	p.network.Book()
	for at := 1; at <= 6; at++ {
		p.books.told, p.books.failAt = 0, at
		err := p.network.Look(p.t.Context(), p.rail, p.books)
		if p.books.told >= at && err == nil {
			p.t.Error("the telling failed, and the watcher is content")
		}
		p.restart()
	}
	p.books.failAt = 0
	p.look()
	p.wants(place, p.Amount, payment.Captured)
	if n := len(p.books.payments[place].Receipts); n != 2 {
		p.t.Errorf("two transfers have %d receipts", n)
	}
}

func silenceForAWhile(p *pushTrial) {
	place := p.order(1)
	p.look()
	p.network.Silence(true)
	p.network.Pay(place, p.Amount)
	p.network.Book()
	for range 2 {
		if err := p.network.Look(context.WithoutCancel(p.t.Context()), p.rail, p.books); err == nil {
			p.t.Error("nobody answers, and the watcher is content")
		}
	}
	p.wants(place, p.none(), payment.ActionRequired)
	p.network.Silence(false)
	p.look()
	p.wants(place, p.Amount, payment.Captured)
}

func takenBack(p *pushTrial) {
	place := p.order(1)
	p.look()
	p.network.Pay(place, p.Amount)
	p.network.Book()
	p.look()
	p.wants(place, p.Amount, payment.Captured)
	if !p.network.Undo() {
		return
	}
	p.look()
	p.wants(place, p.none(), payment.Pending)
	p.network.Pay(place, p.Amount)
	p.network.Book()
	p.look()
	p.restart()
	p.look()
	p.wants(place, p.Amount, payment.Captured)
}
