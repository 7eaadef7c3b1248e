package sim

import (
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// open opens the channels. Of the acquirers each promises something else: only to refuse what is old; to refuse what is old
// and to know a reference again; only a fence; everything.
func (w *world) open() error {
	for _, a := range []acquirer{
		{peer: peer{name: "card.c", caps: payment.Capabilities{Inquiry: true, Void: true, Horizon: 40 * time.Second}}, most: upTo("60.00")},
		{
			peer: peer{name: "card.d", caps: payment.Capabilities{Replay: time.Hour, Inquiry: true, Void: true, Horizon: 40 * time.Second}},
			most: upTo("120.00"),
		},
		{peer: peer{name: "card.b", caps: payment.Capabilities{Inquiry: true, Fence: true, Void: true}}, most: upTo("240.00")},
		{peer: peer{name: "card.a", caps: payment.Capabilities{Replay: 24 * time.Hour, Inquiry: true, Fence: true, Void: true}}},
	} {
		a.world, a.charges, a.refused = w, map[string]*charge{}, map[string]bool{}
		w.acquirers = append(w.acquirers, &a)
	}
	home, err := newInstitution(w, "bank.home", payment.Capabilities{Push: true, Payout: true, Replay: 2 * time.Hour, Inquiry: true, Fence: true}, "EUR")
	if err != nil {
		return err
	}
	abroad, err := newInstitution(w, "swift.abroad", payment.Capabilities{Payout: true, Replay: 2 * time.Hour, Inquiry: true}, "USD")
	if err != nil {
		return err
	}
	w.home, w.abroad, w.net = &bank{home}, &correspondent{abroad}, newNetwork(w, "chain.test")
	return w.endow()
}

func upTo(value string) []money.Amount { return []money.Amount{money.Must(value, "EUR")} }
