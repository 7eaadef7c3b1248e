package fx_test

import (
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/money"
)

const margin = `
  - {id: margin, kind: fx_margin, calc: {bps: 50}}
`

func collect(fix fx.Side, amount string, asset string, other money.Asset) fx.Request {
	return fx.Request{
		ID: "quo_1", Merchant: "mer_1", Direction: fx.Collect, Mode: fx.Firm,
		Fix: fix, Amount: money.Must(amount, asset), Other: other,
	}
}

// The numbers of the worked example A: a card payment in euros for a merchant that settles in dollars.
func TestCardPayment(t *testing.T) {
	pricer := fx.NewPricer(fx.DefaultRules(), boardWith(t, "EUR/USD 1.1000"))
	q, err := pricer.Price(collect(fx.SourceFixed, "99.99", "EUR", usd), now)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "debit", q.Debit(), "99.99 EUR")
	same(t, "target", q.Target, "109.43 USD")
	same(t, "at mid", q.AtMid, "109.989 USD")
	same(t, "margin", q.Margin, "0.549945 USD")
	same(t, "residual", q.Residual, "0.009055 USD")
	same(t, "fee", q.Fee(), "1.65 USD")
	same(t, "net", q.Net(), "107.78 USD")
	if q.Rate.Client.Value() != "1.0945" || q.Rate.MarginBps != 50 {
		t.Errorf("client rate %s at %d bps, want 1.0945 at 50", q.Rate.Client.Value(), q.Rate.MarginBps)
	}
	if q.Fees[0].Rule != "rule_fee_collect" || q.Fees[0].Payer != fx.Merchant || q.RuleSet != 1 {
		t.Errorf("fee %+v of rule set %d", q.Fees[0], q.RuleSet)
	}
	if !q.ExpiresAt.Equal(now.Add(15*time.Minute)) || q.Status != fx.Open {
		t.Errorf("%s until %s", q.Status, q.ExpiresAt)
	}
	if len(q.Rate.Path) != 1 || q.Rate.Path[0].Source != "live" || q.Rate.Path[0].Snapshot != "snap_1" {
		t.Errorf("path %+v", q.Rate.Path)
	}
}

// Example A, two captures of 60.00 and 39.99 add up to the whole; so the first converts to 65.67.
func TestFirstCapture(t *testing.T) {
	c := fx.Convert(fx.SourceFixed, money.Must("60.00", "EUR"), money.MustRate("1.1000", "EUR", "USD"), 50)
	same(t, "target", c.Target, "65.67 USD")
}

// Example B: an order in euros that is paid in a token.
func TestOnChainPayment(t *testing.T) {
	set := rules(t, margin+`
  - {id: fee, kind: fee, code: processing, payer: merchant, calc: {bps: 100}}`)
	pricer := fx.NewPricer(set, boardWith(t, "EUR/USDC 1.10"))
	q, err := pricer.Price(collect(fx.TargetFixed, "50.00", "EUR", usdc), now)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "debit", q.Debit(), "55.275000 USDC@eip155:1337")
	same(t, "at mid", q.AtMid, "50.25 EUR")
	same(t, "target", q.Target, "50.00 EUR")
	same(t, "margin", q.Margin, "0.25 EUR")
	same(t, "residual", q.Residual, "0.00 EUR")
	same(t, "fee", q.Fee(), "0.50 EUR")
}

// Example C: a payout in pounds from a balance in dollars, booked in dollars.
func TestPayout(t *testing.T) {
	set := rules(t, margin+`
  - {id: fee, kind: fee, code: transfer, payer: sender, asset: USD, match: {direction: send}, calc: {fixed: "8.00"}}`)
	pricer := fx.NewPricer(set, boardWith(t, "GBP/USD 1.2500"))
	r := collect(fx.TargetFixed, "1000.00", "GBP", usd)
	r.Direction = fx.Send
	q, err := pricer.Price(r, now)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "source", q.Source, "1256.25 USD")
	same(t, "debit", q.Debit(), "1264.25 USD")
	same(t, "at mid", q.AtMid, "1005.00 GBP")
	booked := q.Conversion().InSource()
	same(t, "booked at mid", booked.AtMid, "1250.00 USD")
	same(t, "booked margin", booked.Margin, "6.25 USD")
	same(t, "booked residual", booked.Residual, "0.00 USD")
}

// Example D: the refund of A, at the original rate against a mid that moved, and at the current one.
func TestRefund(t *testing.T) {
	pricer := fx.NewPricer(rules(t, margin), boardWith(t, "EUR/USD 1.1300"))
	mid, path, err := pricer.Mid(eur, usd, now)
	if err != nil || len(path) != 1 {
		t.Fatal(path, err)
	}
	paid := money.Must("99.99", "EUR")
	same(t, "D2 at mid", mid.Convert(paid), "112.9887 USD")

	current := fx.Convert(fx.TargetFixed, paid, mid.Inverse(), 50)
	booked := current.InSource()
	same(t, "D3 reserved", current.Source, "113.56 USD")
	same(t, "D3 at mid", booked.AtMid, "112.9887 USD")
	same(t, "D3 margin", booked.Margin, "0.5649435 USD")
	same(t, "D3 residual", booked.Residual, "0.0063565 USD")
}

func TestOneAssetIsAtPar(t *testing.T) {
	pricer := fx.NewPricer(rules(t, margin), fx.NewBoard(policy()))
	for _, fix := range []fx.Side{fx.SourceFixed, fx.TargetFixed} {
		q, err := pricer.Price(collect(fix, "12.34", "EUR", eur), now)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "source", q.Source, "12.34 EUR")
		same(t, "target", q.Target, "12.34 EUR")
		if !q.Margin.IsZero() || !q.Residual.IsZero() || q.Rate.MarginBps != 0 || len(q.Rate.Path) != 0 {
			t.Errorf("margin %s, residual %s, rate %+v", q.Margin, q.Residual, q.Rate)
		}
	}
}

func TestTooSmall(t *testing.T) {
	set := rules(t, margin+`
  - {id: fee, kind: fee, code: processing, payer: merchant, asset: USD, calc: {fixed: "0.30", bps: 150}}`)
	pricer := fx.NewPricer(set, boardWith(t, "EUR/USD 1.1000"))
	_, err := pricer.Price(collect(fx.SourceFixed, "0.05", "EUR", usd), now)
	var small *fx.TooSmallError
	if !errors.As(err, &small) || !errors.Is(err, fx.ErrTooSmall) {
		t.Fatalf("got %v, want ErrTooSmall", err)
	}
	least := small.MinSource
	q, err := pricer.Price(fx.Request{Direction: fx.Collect, Mode: fx.Firm, Fix: fx.SourceFixed, Amount: least, Other: usd}, now)
	if err != nil || q.Net().Sign() <= 0 {
		t.Errorf("%s delivers %s, %v", least, q.Net(), err)
	}
	less := least.Sub(eur.One())
	if _, err := pricer.Price(fx.Request{Direction: fx.Collect, Mode: fx.Firm, Fix: fx.SourceFixed, Amount: less, Other: usd}, now); !errors.Is(err, fx.ErrTooSmall) {
		t.Errorf("%s is also enough: %v", less, err)
	}
}

func TestNothingIsEnough(t *testing.T) {
	set := rules(t, margin+`
  - {id: fee, kind: fee, code: processing, payer: merchant, calc: {bps: 10000}}`)
	_, err := fx.NewPricer(set, boardWith(t, "EUR/USD 1.1")).Price(collect(fx.SourceFixed, "1.00", "EUR", usd), now)
	var small *fx.TooSmallError
	if !errors.As(err, &small) || !small.MinSource.IsZero() {
		t.Errorf("got %v, want no sufficient source", err)
	}
}

func TestLimit(t *testing.T) {
	set := rules(t, margin+`
  - {id: cap, kind: limit, asset: EUR, calc: {min: "1.00", max: "1000.00"}}`)
	pricer := fx.NewPricer(set, boardWith(t, "EUR/USD 1.1"))
	for amount, allowed := range map[string]bool{"0.99": false, "1.00": true, "1000.00": true, "1000.01": false} {
		_, err := pricer.Price(collect(fx.SourceFixed, amount, "EUR", usd), now)
		var limit *fx.LimitError
		if refused := errors.As(err, &limit) && errors.Is(err, fx.ErrLimit); refused == allowed {
			t.Errorf("%s: %v", amount, err)
		}
	}
	if _, err := pricer.Price(collect(fx.TargetFixed, "5000.00", "USD", eur), now); err != nil {
		t.Errorf("a limit in euros touched an amount in dollars: %v", err)
	}
}

func TestBadRequest(t *testing.T) {
	pricer := fx.NewPricer(fx.DefaultRules(), boardWith(t, "EUR/USD 1.1"))
	for name, spoil := range map[string]func(*fx.Request){
		"no side":      func(r *fx.Request) { r.Fix = "" },
		"no mode":      func(r *fx.Request) { r.Mode = "" },
		"no direction": func(r *fx.Request) { r.Direction = "" },
		"nothing":      func(r *fx.Request) { r.Amount = eur.Zero() },
		"negative":     func(r *fx.Request) { r.Amount = r.Amount.Neg() },
		"not payable":  func(r *fx.Request) { r.Amount = r.Amount.Bps(1) },
		"no other":     func(r *fx.Request) { r.Other = money.Asset{} },
	} {
		r := collect(fx.SourceFixed, "1.00", "EUR", usd)
		spoil(&r)
		if _, err := pricer.Price(r, now); !errors.Is(err, fx.ErrBadRequest) {
			t.Errorf("%s: got %v, want ErrBadRequest", name, err)
		}
	}
}

func TestHashSurvivesStorage(t *testing.T) {
	pricer := fx.NewPricer(fx.DefaultRules(), boardWith(t, "EUR/USD 1.1683", "USD/GBP 0.7451"))
	q, err := pricer.Price(collect(fx.SourceFixed, "99.99", "EUR", gbp), now.Add(123456*time.Nanosecond))
	if err != nil {
		t.Fatal(err)
	}
	stored, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	var read fx.Quote
	if err := json.Unmarshal(stored, &read); err != nil {
		t.Fatal(err)
	}
	read.Status = fx.Accepted
	if sum, err := read.Sum(); err != nil || sum != q.Hash || len(sum) != 64 {
		t.Errorf("hash %s after storage, was %s: %v", sum, q.Hash, err)
	}
	read.Target = read.Target.Add(gbp.One())
	if sum, _ := read.Sum(); sum == q.Hash {
		t.Error("a changed quote has the same hash")
	}
}

// Rates and rules change while prices are made; the race detector watches.
func TestPriceWhileEverythingChanges(t *testing.T) {
	board := boardWith(t, "EUR/USD 1.1000")
	pricer := fx.NewPricer(fx.DefaultRules(), board)
	var changes sync.WaitGroup
	changes.Go(func() {
		for i := range 200 {
			report(t, board, "live", now.Add(time.Duration(i+1)*time.Millisecond), "EUR/USD 1.1001")
			board.Markets(now)
		}
	})
	changes.Go(func() {
		for range 200 {
			pricer.Activate(fx.DefaultRules())
		}
	})
	for range 200 {
		if _, err := pricer.Price(collect(fx.SourceFixed, "99.99", "EUR", usd), now); err != nil {
			t.Error(err)
		}
	}
	changes.Wait()
}

func BenchmarkPrice(b *testing.B) {
	pricer := fx.NewPricer(fx.DefaultRules(), boardWith(b, "EUR/USD 1.1683", "EUR/GBP 0.8706"))
	for name, r := range map[string]fx.Request{
		"direct":       collect(fx.SourceFixed, "99.99", "EUR", usd),
		"triangulated": collect(fx.SourceFixed, "99.99", "GBP", usd),
		"target fixed": collect(fx.TargetFixed, "99.99", "GBP", usd),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := pricer.Price(r, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
