// Package gatewaytest is a gateway over an embedded database with rails in memory that say and do what a test wants, and
// a clock that is moved by hand. Pages and their browser tests are tried on it.
package gatewaytest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/store"
)

// Network is the chain of a lab.
const Network = "eip155:1337"

// Names of the channels: what no payer may ever read.
const (
	CardChannel  = "card.acme-eu"
	BankChannel  = "bank.sandbox-eur"
	ChainChannel = "chain.dev"
)

// Merchant is who collects in a lab.
const Merchant = "m_1"

// Lab is a gateway, its database and its rails.
type Lab struct {
	*gateway.Gateway

	Store *store.DB
	Board *breaker.Board
	Card  *Card
	Bank  *Push
	Chain *Push
	NewID func(prefix string) string

	clock clock
	stop  context.CancelFunc
	ended sync.WaitGroup
}

// clock is the present, moved on by hand.
type clock struct {
	read func() time.Time

	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read().Add(c.ahead).UTC().Truncate(time.Microsecond)
}

// New makes a lab whose database is in dir, and whose clock starts from what now says.
func New(ctx context.Context, dir string, now func() time.Time) (*Lab, error) {
	l := &Lab{Card: newCard(), Bank: newPush(bankPlace), Chain: newPush(chainPlace), clock: clock{read: now}}
	l.NewID = payment.NewIDs(l.Now)
	for _, asset := range []money.Asset{
		{Code: "ETH", Network: Network, Exponent: 18, Kind: money.Native},
		{Code: "USDC", Network: Network, Exponent: 6, Kind: money.Token},
	} {
		if err := money.Register(asset); err != nil {
			return nil, err
		}
	}
	if err := l.wire(ctx, dir); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	var watching context.Context
	watching, l.stop = context.WithCancel(ctx)
	l.ended.Go(func() { l.Watch(watching) })
	return l, nil
}

func (l *Lab) wire(ctx context.Context, dir string) error {
	var err error
	if l.Store, err = store.Open(ctx, "sqlite:"+filepath.Join(dir, "lab.db")); err != nil {
		return err
	}
	if err := l.Store.SaveMerchant(ctx, access.Merchant{ID: Merchant, Name: "Kaffeehaus Nord", Currency: "EUR"}); err != nil {
		return err
	}
	rates := fx.NewBoard(fx.Policy{
		Feeds: map[string]fx.Trust{"fixed": {Kind: fx.Fixed, FirmOn: true}}, NewID: func() string { return l.NewID("rate") },
	})
	if _, err := rates.Add(ctx, "fixed", l.Now(), []fx.Observation{
		{Base: "ETH", Quote: "EUR", Rate: "2507.54", ObservedAt: l.Now()}, {Base: "USDC", Quote: "EUR", Rate: "0.92", ObservedAt: l.Now()},
	}); err != nil {
		return err
	}
	channels := l.channels()
	settings := map[string]breaker.Settings{}
	for _, c := range channels {
		settings[c.Name] = breaker.Defaults()
	}
	if l.Board, err = breaker.NewBoard(breaker.Config{Channels: settings, Prober: healthy{}}); err != nil {
		return err
	}
	l.Gateway = gateway.New(gateway.Deps{
		Store: l.Store, Pricer: fx.NewPricer(fx.DefaultRules(), rates), Board: l.Board, Now: l.Now, NewID: l.NewID, NewUETR: uuid.NewString,
		Name: "lab", Log: slog.New(slog.DiscardHandler), Channels: channels,
	})
	return nil
}

func (l *Lab) channels() []gateway.Channel {
	const timeout = 5 * time.Second
	return []gateway.Channel{
		{Name: CardChannel, Method: payment.MethodCard, Mode: payment.Test, Rail: l.Card, Currencies: []string{"EUR"}, Timeout: timeout},
		{
			Name: BankChannel, Method: payment.MethodBankTransfer, Mode: payment.Test, Rail: l.Bank, Timeout: timeout,
			Currencies: []string{"EUR"}, Max: []money.Amount{money.Must("10000.00", "EUR")},
		},
		{
			Name: ChainChannel, Method: payment.MethodCrypto, Mode: payment.Test, Rail: l.Chain, Timeout: timeout,
			Currencies: []string{"ETH@" + Network, "USDC@" + Network},
		},
	}
}

type healthy struct{}

func (healthy) Probe(context.Context, string) error { return nil }

// Close ends what works behind the lab.
func (l *Lab) Close() error {
	if l.stop != nil {
		l.stop()
		l.ended.Wait()
	}
	if l.Store == nil {
		return nil
	}
	return l.Store.Close()
}

// Now is the lab's present, as it is stored.
func (l *Lab) Now() time.Time { return l.clock.now() }

// Pass moves the clock on, and lets the payment do what is due then.
func (l *Lab) Pass(ctx context.Context, id payment.ID, d time.Duration) error {
	l.clock.mu.Lock()
	l.clock.ahead += d
	l.clock.mu.Unlock()
	return l.Run(ctx, id)
}

// Order is a payment of 49.90 euro that the payer chooses the method of.
func Order() payment.Order {
	return payment.Order{
		Amount: money.Must("49.90", "EUR"), Settlement: money.MustAsset("EUR"), Capture: payment.CaptureAutomatic, SoftFailover: true,
		Reference: "order-1042", ReturnURL: "https://shop.example/thanks",
	}
}

// OrderOf is the same of another amount in euro.
func OrderOf(amount string) (payment.Order, error) {
	o := Order()
	var err error
	o.Amount, err = money.Parse(amount, o.Amount.Asset())
	return o, err
}

// Pay makes a payment whose page opens with secret. Without methods the payer chooses.
func (l *Lab) Pay(ctx context.Context, secret string, order payment.Order, methods ...payment.Method) (payment.ID, error) {
	key := payment.Key{Merchant: Merchant, Path: "/v1/payments", Key: secret, Hash: "h", At: l.Now()}
	reply, err := l.Create(ctx, gateway.CreateRequest{
		Merchant: Merchant, Mode: payment.Test, Order: order, Methods: methods, Checkout: access.Hash(secret), Key: key,
		Answer: func(payment.Payment, string) payment.Answer {
			return payment.Answer{Merchant: Merchant, Path: key.Path, Key: key.Key, Status: 201, Body: []byte("{}"), At: l.Now()}
		},
	})
	return reply.Payment.ID, err
}

// Load reads a payment as it is stored.
func (l *Lab) Load(ctx context.Context, id payment.ID) (payment.Payment, error) {
	return l.Store.Payment(ctx, id)
}

// Send pays something to the place of the payment's newest attempt: amount arrives in the transfer tx, with have of need
// confirmations. It counts once it has them all.
func (l *Lab) Send(ctx context.Context, id payment.ID, tx, amount string, have, need int) error {
	p, err := l.Load(ctx, id)
	if err != nil {
		return err
	}
	last, ok := p.Last()
	if !ok {
		return fmt.Errorf("%s has no attempt", id)
	}
	return l.SendTo(ctx, last, tx, amount, have, need)
}

// SendTo does the same to the place of any attempt, as payers do who kept its address.
func (l *Lab) SendTo(ctx context.Context, a payment.Attempt, tx, amount string, have, need int) error {
	sent, err := money.Parse(amount, a.Amount.Asset())
	if err != nil {
		return err
	}
	rail := l.Bank
	if a.Channel == ChainChannel {
		rail = l.Chain
	}
	r := payment.Receipt{Reference: tx, Tx: tx, Amount: sent, State: payment.ReceiptSeen, Have: have, Need: need, At: l.Now()}
	if have >= need {
		r.State = payment.ReceiptCredited
	}
	return rail.tell(ctx, a.Instruction.PayTo, r)
}

// TakeBack is the chain's reorganisation: a transfer that was seen is not there any more.
func (l *Lab) TakeBack(ctx context.Context, id payment.ID, tx string) error {
	p, err := l.Load(ctx, id)
	if err != nil {
		return err
	}
	last, _ := p.Last()
	for _, r := range p.Receipts {
		if r.Tx == tx {
			r.State = payment.ReceiptOrphaned
			return l.Chain.tell(ctx, last.Instruction.PayTo, r)
		}
	}
	return fmt.Errorf("%s has no transfer %s", id, tx)
}

// Withdraw is the merchant's cancel.
func (l *Lab) Withdraw(ctx context.Context, id payment.ID) error {
	key := payment.Key{Merchant: Merchant, Path: "/cancel", Key: string(id), Hash: "h", At: l.Now()}
	_, err := l.Cancel(ctx, gateway.Change{
		Merchant: Merchant, Mode: payment.Test, Payment: id, Key: key,
		Answer: func(payment.Payment, string) payment.Answer {
			return payment.Answer{Merchant: Merchant, Path: key.Path, Key: key.Key, Status: 200, Body: []byte("{}"), At: l.Now()}
		},
	})
	return err
}
