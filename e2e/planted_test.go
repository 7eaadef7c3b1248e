package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/config"
	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/bank"
	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/card"
	"github.com/causeway-pay/causeway/rails/crossborder"
	"github.com/causeway-pay/causeway/rails/line"
	"github.com/causeway-pay/causeway/rails/onchain"
	"github.com/causeway-pay/causeway/reconcile"
	"github.com/causeway-pay/causeway/store"
)

// The traffic of the planted world.
const (
	charges   = 1600
	elsewhere = 200 // further ones, while the first acquirer is down
	captured  = 100 // in two parts
	refunded  = 150
	transfers = 150
	home      = 60
	abroad    = 60
	coins     = 24
	paidOut   = 24
	atOnce    = 8
)

// many does something so many times, a few at once.
func many(n int, do func(i int)) {
	next := make(chan int)
	var working sync.WaitGroup
	for range atOnce {
		working.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	working.Wait()
}

// cents writes an amount that no other of its kind has.
func cents(n int) string { return fmt.Sprintf("%d.%02d", n/100, n%100) }

// traffic has merchants collect and pay out on all rails, and waits until all of it has come to rest.
func (w *world) traffic() {
	w.t.Helper()
	pay := func(prefix string, n int, more string) []string {
		ids := make([]string, n)
		many(n, func(i int) {
			ids[i] = w.pay(fmt.Sprint(prefix, i), `{"amount":{"value":"`+cents(1000+i)+`","currency":"EUR"},"settlement_currency":"EUR",
				"method":{"type":"card","card":{"token":"tok_visa"}}`+more+`}`).text("id")
		})
		for _, id := range ids {
			if more == "" {
				w.until(id, "succeeded")
			}
		}
		return ids
	}
	paid := pay("card", charges, "")
	for i, id := range pay("manual", captured, `,"capture":"manual"`) {
		w.until(id, "authorized")
		w.insist(http.MethodPost, "/v1/payments/"+id+"/capture", fmt.Sprint("part", i), `{"amount":{"value":"`+cents(300+i)+`","currency":"EUR"}}`)
		w.insist(http.MethodPost, "/v1/payments/"+id+"/capture", fmt.Sprint("rest", i), `{"final":true}`)
	}
	many(refunded, func(i int) {
		w.insist(http.MethodPost, "/v1/refunds", fmt.Sprint("refund", i), `{"payment":"`+paid[i]+`"}`)
	})
	w.fault(acme, "refuse")
	pay("other", elsewhere, "")
	w.calm(acme)
	w.transfersIn()
	w.coinsIn()
	w.payoutsOut()
}

// transfersIn has payers transfer money to the bank at home.
func (w *world) transfersIn() {
	ids := make([]string, transfers)
	many(transfers, func(i int) {
		p := w.insist(http.MethodPost, "/v1/payments", fmt.Sprint("transfer", i), `{"amount":{"value":"`+cents(5000+i)+`","currency":"EUR"},
			"settlement_currency":"EUR","method":{"type":"bank_transfer"}}`)
		ids[i] = p.text("id")
		w.transfer(w.until(ids[i], "requires_action").text("next_action", "bank_details", "reference"), cents(5000+i))
	})
	for _, id := range ids {
		w.until(id, "succeeded")
	}
}

// coinsIn has payers send USDC, one after the other: each waits for its block.
func (w *world) coinsIn() {
	for i := range coins {
		id, due, to := w.awaitCoins(fmt.Sprint("coins", i))
		w.node().payIn(i%8, to, strings.TrimRight(due, "0"))
		w.until(id, "succeeded")
	}
}

// payoutsOut has a merchant pay out at home, abroad and on the chain.
func (w *world) payoutsOut() {
	beneficiary := func(key, body string) string {
		return w.insist(http.MethodPost, "/v1/beneficiaries", key, body).text("id")
	}
	german := beneficiary("german", `{"name":"Erika Mustermann","country":"DE","account":"DE89370400440532013000"}`)
	chinese := beneficiary("chinese", `{"name":"Li Wei","country":"CN","account":"6222021234567890123","bic":"ICBKCNBJXXX","town":"Beijing","street":"Fuxingmen 55","purpose":"GDDS"}`)
	var ids []string
	var mu sync.Mutex
	out := func(key, body string) {
		p := w.insist(http.MethodPost, "/v1/payouts", key, body)
		if p.text("id") == "" {
			w.t.Errorf("payout: %d %v", p.status, p.body)
		}
		mu.Lock()
		defer mu.Unlock()
		ids = append(ids, p.text("id"))
	}
	many(home, func(i int) {
		out(fmt.Sprint("home", i), `{"amount":{"value":"`+cents(700+i)+`","currency":"EUR"},"beneficiary":"`+german+`"}`)
	})
	many(abroad, func(i int) {
		out(fmt.Sprint("abroad", i), `{"amount":{"value":"`+cents(9000+i)+`","currency":"CNY"},"fix":"target","source":{"currency":"EUR"},
			"beneficiary":"`+chinese+`","charge_bearer":"DEBT"}`)
	})
	for i := range paidOut {
		o := w.payout(i, "")
		out(o.key, o.body)
		w.see("/v1/payouts/"+ids[len(ids)-1], "paid")
	}
	for _, id := range ids {
		w.see("/v1/payouts/"+id, "paid")
	}
	w.node().mine(70)
}

// channels are those of the world's configuration, built once more beside the gateway.
func (w *world) channels(db *store.DB) []reconcile.Channel {
	w.t.Helper()
	c, err := config.Load(w.Config, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	var all []reconcile.Channel
	add := func(name string, method payment.MethodType, currencies []string, rail rails.Statementer, err error) {
		if err != nil {
			w.t.Fatal(err)
		}
		of := gateway.Channel{Name: name, Method: method, Currencies: currencies}
		all = append(all, reconcile.Channel{Name: name, Statements: rail, Accounts: of.Accounts()})
	}
	for _, k := range c.Channels {
		provider := line.Config{
			Name: k.Name, URL: k.URL, Secret: k.Secret.Reveal(), CallbackSecret: k.CallbackSecret.Reveal(), Timeout: k.Timeout,
			PreExecutionCodes: k.Capabilities.PreExecutionCodes, Capabilities: payment.Capabilities{Inquiry: true, Replay: time.Hour},
		}
		office := banklink.Config{Config: provider, BIC: k.BIC, Holder: k.Holder, Poll: k.Poll}
		switch k.Rail {
		case "card":
			rail, err := card.New(card.Config(provider))
			add(k.Name, payment.MethodCard, k.Currencies, rail, err)
		case "bank":
			office.Accounts = []banklink.Account{{Currency: k.Currencies[0], Number: k.Account}}
			rail, err := bank.New(bank.Config{Config: office, Calendar: k.Calendar, Cutoff: k.Cutoff})
			add(k.Name, payment.MethodBankTransfer, k.Currencies, rail, err)
		case "crossborder":
			for _, n := range k.Nostros {
				office.Accounts = append(office.Accounts, banklink.Account{Currency: n.Currency, Number: n.Account})
			}
			rail, err := crossborder.New(crossborder.Config{
				Config: office, OwnBIC: k.OwnBIC, Town: k.Town, Home: k.Home, Calendar: k.Calendar, Cutoff: k.Cutoff, Fastest: k.Fastest, Slowest: k.Slowest,
			})
			add(k.Name, payment.MethodCrossBorder, k.Currencies, rail, err)
		}
	}
	k := c.Chains[0]
	described := onchain.Config{
		Name: k.Name, Network: k.Network, RPC: k.RPC, Coin: k.Coin, XPub: k.XPub, From: k.From, Signer: k.Signer, Store: db, Timeout: k.Timeout, Poll: k.Poll,
		BlockTime: k.BlockTime, HeadAge: k.HeadAge, Lag: k.Lag, BumpAfter: k.BumpAfter, FeeMax: k.FeeMax, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Tokens: []onchain.Token{{Code: k.Tokens[0].Code, Contract: k.Tokens[0].Contract, Decimals: k.Tokens[0].Decimals}},
	}
	assets, err := onchain.Assets(described)
	if err != nil {
		w.t.Fatal(err)
	}
	var currencies []string
	for _, asset := range assets {
		if err := money.Register(asset); err != nil {
			w.t.Fatal(err)
		}
		currencies = append(currencies, asset.String())
	}
	rail, err := onchain.New(described)
	add(k.Name, payment.MethodCrypto, currencies, rail, err)
	return all
}

// planter alters what a channel's statement says, and the books beside it, and knows what that must be found as.
type planter struct {
	rails.Statementer

	channel string
	account ledger.Account
	network bool
	each    int // of every kind
	db      *store.DB
	today   time.Time
	alters  bool
	fees    map[string]bool // references of which one was looked at
	booked  []string        // what the books have alone, as "kind movement reference"
	want    []string        // what was planted besides, in the last statement
}

// Statement is the channel's, altered: rows are left out, doubled, changed, added, and given references that nobody knows.
func (p *planter) Statement(ctx context.Context, day time.Time) (rails.Statement, error) {
	s, err := p.Statementer.Statement(ctx, day)
	if err != nil || day.Format(time.DateOnly) != p.today.Format(time.DateOnly) {
		return s, err
	}
	s.Until = s.From.Add(24 * time.Hour) // as it is read the next morning
	p.want = nil
	if !p.alters {
		return s, nil
	}
	p.fees = map[string]bool{}
	var changed []rails.Movement
	order := rand.New(rand.NewPCG(1, uint64(len(p.channel)))).Perm(len(s.Movements)) // the same at each reading
	altered := map[int]string{}
	at := 0
	for _, how := range []string{"drop", "double", "amount", "currency", "garble"} {
		for taken := 0; taken < p.each && at < len(order); at++ {
			if i := order[at]; p.suits(how, s.Movements[i]) {
				altered[i] = how
				taken++
			}
		}
	}
	for i, m := range s.Movements {
		before := len(changed)
		changed = append(changed, alter(m, altered[i])...)
		s.Closing = moved(s.Closing, m, -1)
		for _, now := range changed[before:] {
			s.Closing = moved(s.Closing, now, +1)
		}
		p.expect(altered[i], m)
	}
	for i := range p.each {
		m := s.Movements[order[i]]
		m.Reference, m.ID = fmt.Sprintf("nobodys-%s-%d", p.channel, i), fmt.Sprintf("none-%d", i)
		m.Kind, m.Amount = rails.Credit, m.Amount.Add(m.Amount).Add(m.Amount)
		if p.account == ledger.ChannelReceivable(p.channel) {
			m.Kind = rails.Charge
		}
		changed = append(changed, m)
		s.Closing = moved(s.Closing, m, +1)
		p.want = append(p.want, fmt.Sprintf("missing_here %s %s", m.Kind, m.Reference))
	}
	s.Movements = changed
	return s, nil
}

// suits reports whether a row can be altered so, and what is then found can be told.
func (p *planter) suits(how string, m rails.Movement) bool {
	if m.Kind == rails.Fee { // of a payout they are held against the books as one sum
		again := p.fees[m.Reference]
		p.fees[m.Reference] = true
		return how == "amount" && !again
	}
	opening := p.network && m.Kind == rails.Credit && len(m.Amount.Value()) > len("99999.000000")
	return !opening && (how != "garble" || !p.network)
}

func alter(m rails.Movement, how string) []rails.Movement {
	switch how {
	case "drop":
		return nil
	case "double":
		return []rails.Movement{m, m}
	case "amount":
		m.Amount = m.Amount.Add(money.Must("1.01", m.Amount.Asset().String()))
	case "currency":
		m.Amount = money.Must("3.00", "GBP")
	case "garble":
		m.Reference, m.ID = "garbled-"+m.Reference[len(m.Reference)-8:], ""
	}
	return []rails.Movement{m}
}

// expect notes what an altered row must be found as. One whose reference alone is wrong is found by amount and date.
func (p *planter) expect(how string, m rails.Movement) {
	kind := map[string]reconcile.Kind{
		"drop": reconcile.MissingThere, "double": reconcile.Duplicate, "amount": reconcile.AmountDiffers, "currency": reconcile.CurrencyDiffers,
	}[how]
	if kind != "" {
		p.want = append(p.want, fmt.Sprintf("%s %s %s", kind, m.Kind, m.Reference))
	}
}

// moved is what stands on the accounts once a row more, or less, was booked.
func moved(closing []money.Amount, m rails.Movement, sign int) []money.Amount {
	amount := m.Amount
	if m.Kind.Gains() != (sign > 0) {
		amount = amount.Neg()
	}
	for i, c := range closing {
		if c.Asset() == amount.Asset() {
			closing[i] = c.Add(amount)
		}
	}
	return closing
}

// ghosts books charges, or payouts, that the channel never saw.
func (p *planter) ghosts(t *testing.T, asset string) {
	t.Helper()
	for i := range p.each {
		id := fmt.Sprintf("att_ghost-%s-%d", strings.ReplaceAll(p.channel, ".", "-"), i)
		amount := money.Must(fmt.Sprintf("0.%02d", 11+i), asset)
		entry := ledger.Funding{ID: id + ":booked", Account: p.account, Amount: amount.Neg()}.Entry()
		kind := rails.Payout
		if p.account == ledger.ChannelReceivable(p.channel) {
			entry, kind = ledger.Funding{ID: id + ":captured", Account: p.account, Amount: amount}.Entry(), rails.Charge
		}
		if err := p.db.Post(t.Context(), entry, p.today.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatal(err)
		}
		p.booked = append(p.booked, fmt.Sprintf("missing_at_channel %s %s", kind, id))
	}
}

// nobody is a gateway that is told of references and learns nothing.
type nobody struct{}

func (nobody) Report(context.Context, string) error { return gateway.ErrUnclear }

// TestEveryPlantedDiscrepancyIsFound plants discrepancies of all kinds on all rails among thousands of healthy rows, and
// demands that reconciliation finds every one and reports no other.
func TestEveryPlantedDiscrepancyIsFound(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.Key = w.Payer
	w.traffic()
	for _, channel := range withStatements[:4] {
		w.clean(channel)
	}
	w.clean(chain)
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(filepath.Dir(w.Config), "causeway.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })

	today := time.Now().UTC().Truncate(24 * time.Hour)
	morning := today.Add(26 * time.Hour)
	channels := w.channels(db)
	var planters []*planter
	each := map[string]int{acme: 20, globex: 8, bankAtHome: 8, bankAbroad: 6, chain: 3}
	assets := map[string]string{bankAbroad: "CNY", chain: "USDC@" + network}
	for i, c := range channels {
		p := &planter{Statementer: c.Statements, channel: c.Name, account: c.Accounts[0], network: c.Name == chain, each: each[c.Name], db: db, today: today, alters: true}
		if p.each > 0 {
			asset := assets[c.Name]
			if asset == "" {
				asset = "EUR"
			}
			p.ghosts(t, asset)
			channels[i].Statements = p
		}
		planters = append(planters, p)
	}
	r := reconcile.New(reconcile.Deps{
		Store: db, Channels: channels, Reporter: nobody{}, Now: func() time.Time { return morning },
		NewID: payment.NewIDs(time.Now), Log: slog.New(slog.DiscardHandler),
	})
	table, rows := map[string][3]int{}, 0
	for i, c := range channels {
		p := planters[i]
		report, err := r.Run(t.Context(), c.Name, today)
		if err != nil {
			t.Fatal(err)
		}
		rows += report.Rows
		var found []string
		for _, b := range report.Breaks {
			found = append(found, fmt.Sprintf("%s %s %s", b.Kind, b.Movement, b.Reference))
		}
		tally(t, c.Name, table, slices.Concat(p.booked, p.want), found)
		again, err := r.Run(t.Context(), c.Name, today)
		if err != nil || again.Opened != 0 || again.Healed != 0 {
			t.Errorf("%s: a second look opens %d and heals %d (%v)", c.Name, again.Opened, again.Healed, err)
		}
		p.alters = false
		healed, err := r.Run(t.Context(), c.Name, today)
		if err != nil || len(healed.Breaks) != p.each || healed.Opened != 0 {
			t.Errorf("%s: once the statement is right %d breaks are open, want those %d of the books (%v)", c.Name, len(healed.Breaks), p.each, err)
		}
	}
	planted := 0
	t.Logf("%-34s %8s %6s %6s", "kind and channel", "planted", "found", "false")
	for _, name := range slices.Sorted(maps.Keys(table)) {
		n := table[name]
		planted += n[0]
		t.Logf("%-34s %8d %6d %6d", name, n[0], n[1], n[2])
	}
	t.Logf("planted %d among %d rows", planted, rows)
	if planted < 200 || rows < 2000 {
		t.Errorf("planted %d among %d rows: that is too few", planted, rows)
	}
}

// tally counts, for each kind on a channel, what was planted, what of it was found, and what else was.
func tally(t *testing.T, channel string, table map[string][3]int, want, found []string) {
	t.Helper()
	count := func(list []string, column int) {
		for _, what := range list {
			kind, _, _ := strings.Cut(what, " ")
			n := table[kind+" "+channel]
			n[column]++
			table[kind+" "+channel] = n
		}
	}
	count(want, 0)
	for _, what := range want {
		if i := slices.Index(found, what); i >= 0 {
			count([]string{what}, 1)
			found = slices.Delete(slices.Clone(found), i, i+1)
			continue
		}
		t.Errorf("%s: not found: %s", channel, what)
	}
	count(found, 2)
	for _, what := range found {
		t.Errorf("%s: not planted: %s", channel, what)
	}
}
