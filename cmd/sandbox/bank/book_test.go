package bank

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
	"github.com/causeway-pay/causeway/cmd/sandbox/channel"
	"github.com/causeway-pay/causeway/cmd/sandbox/clock"
	"github.com/causeway-pay/causeway/cmd/sandbox/iso"
	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
	"github.com/causeway-pay/causeway/cmd/sandbox/scenario"
)

func sum(text string) amount.Amount {
	a, err := amount.Parse(text)
	if err != nil {
		panic(err)
	}
	return a
}

// quiet is a bank without a listener, in a world whose clock only moves by hand.
func quiet(t *rapid.T) *Bank {
	start := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	hands := clock.New(func() time.Time { return start })
	t.Cleanup(hands.Stop)
	ids := 0
	world := channel.World{
		Clock: hands, Log: movement.NewLog(hands.Now, movement.Max), Slog: slog.New(slog.DiscardHandler),
		NewID: func(prefix string) string { ids++; return fmt.Sprintf("%s%026d", prefix, ids) },
	}
	config := Config{
		Config: channel.Config{Name: "bank"}, BIC: "CSWYDEFFXXX", Fence: true, Settle: time.Second,
		Accounts: []Account{{ID: "A", Currency: "EUR", Opening: sum("500.00")}, {ID: "B", Currency: "EUR", Opening: sum("0.00")}, {ID: "N", Currency: "CNY", Opening: sum("900.00")}},
		Correspondents: []Correspondent{
			{BIC: "CSWYSGSGXXX", Charge: sum("12.00"), Delay: time.Second}, {BIC: "CSWYHKHHXXX", Charge: sum("5.00"), Delay: time.Second},
		},
	}
	return &Bank{Peer: channel.Peer{World: world}, config: config, book: newBook(config, world, func(scenario.Callbacks, ...[]byte) {})}
}

var courses = []string{
	"", "", "held", "cover", "accepted_slowly:5s", "reject:AC04", "reject_at:1:AC04", "reject_at:3:AC04", "returned:3s", "returned:3s:7.00",
	"recall_accepted", "recall_refused",
}

// act does one thing at random to the bank.
func act(t *rapid.T, b *Bank) {
	n := rapid.IntRange(0, 9).Draw(t, "n")
	value := sum(fmt.Sprintf("%d.%02d", rapid.IntRange(0, 300).Draw(t, "whole"), rapid.IntRange(1, 99).Draw(t, "cents")))
	simulated, err := scenario.Bank.Parse(rapid.SampledFrom(courses).Draw(t, "scenario"))
	if err != nil {
		t.Fatal(err)
	}
	reference := fmt.Sprintf("%08d-0000-4000-8000-000000000000", n)
	switch rapid.SampledFrom([]string{"order", "transfer", "cancel", "recall", "release", "credit", "reverse", "fund", "advance"}).Draw(t, "act") {
	case "order":
		b.book.place(order{Message: iso.Pain001, names: names{EndToEndID: reference[:8]}, content: content{
			Amount: value, Currency: "EUR", Account: "A", CreditorAccount: rapid.SampledFrom([]string{"B", "X"}).Draw(t, "to"),
		}}, simulated, false)
	case "transfer":
		b.book.place(order{Message: iso.Pacs008, names: names{UETR: reference}, content: content{
			Amount: value, Currency: "CNY", CreditorAccount: "X", CreditorBIC: "ICBKCNBJXXX",
			Bearer: rapid.SampledFrom([]string{"SHAR", "DEBT"}).Draw(t, "bearer"),
		}}, simulated, false)
	case "cancel":
		b.book.cancel(cancellation{message: iso.Camt055, reference: reference[:8]}, simulated)
	case "recall":
		b.book.cancel(cancellation{message: iso.Camt056, reference: reference}, simulated)
	case "release":
		b.book.release(rapid.SampledFrom([]string{reference, reference[:8]}).Draw(t, "reference"))
	case "credit":
		if _, err := b.Receive(Incoming{Account: "B", Amount: value, Currency: "EUR"}); err != nil {
			t.Fatal(err)
		}
	case "reverse":
		for entry := range b.book.entries {
			if _, err := b.Reverse(entry); err == nil {
				break
			}
		}
	case "fund":
		if _, err := b.Fund("N", value, "CNY"); err != nil {
			t.Fatal(err)
		}
	case "advance":
		move(t, b, time.Second)
	}
}

func move(t *rapid.T, b *Bank, by time.Duration) {
	if _, err := b.World.Clock.Advance(by); err != nil {
		t.Fatal(err)
	}
}

// TestBooksBalance does things at random: the log must explain every balance, what is promised must come from orders that
// are open, and no transfer may move more money back than it moved out.
func TestBooksBalance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := quiet(t)
		for range rapid.IntRange(1, 60).Draw(t, "acts") {
			act(t, b)
			balanced(t, b)
		}
		for _, held := range b.book.payments {
			if held.resume != nil {
				held.resume()
			}
		}
		move(t, b, time.Hour)
		balanced(t, b)
		for _, a := range b.Books().Accounts {
			if !a.Reserved.IsZero() {
				t.Errorf("%s is still promised on %s", a.Reserved, a.Account)
			}
		}
	})
}

func balanced(t *rapid.T, b *Bank) {
	held, explained, net := map[string]amount.Amount{}, map[string]amount.Amount{}, map[string]amount.Amount{}
	for _, a := range b.Books().Accounts {
		held[a.Account] = a.Balance
		if a.Reserved.IsNegative() {
			t.Errorf("%s promises %s", a.Account, a.Reserved)
		}
	}
	for _, m := range b.World.Log.All() {
		switch m.Kind {
		case movement.Fund, movement.Credit, movement.Return:
			explained[m.Account] = explained[m.Account].Add(m.Amount)
		case movement.Debit, movement.Charge:
			explained[m.Account] = explained[m.Account].Sub(m.Amount)
		}
		switch m.Kind {
		case movement.Debit:
			net[m.Reference] = net[m.Reference].Add(m.Amount)
		case movement.Return:
			net[m.Reference] = net[m.Reference].Sub(m.Amount)
		}
	}
	for account, balance := range held {
		if !balance.Equal(explained[account]) {
			t.Errorf("%s holds %s, the log explains %s", account, balance, explained[account])
		}
	}
	for reference, out := range net {
		if out.IsNegative() {
			t.Errorf("%s brought back %s more than it took", reference, out.Abs())
		}
	}
}
