package rates

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

var plainText = regexp.MustCompile(`^(0|[1-9][0-9]*)(\.[0-9]*[1-9])?$`)

func recentDay(t *testing.T) Day {
	t.Helper()
	day, err := Recent()
	if err != nil {
		t.Fatal(err)
	}
	return day
}

func TestStartsFromTheLastDay(t *testing.T) {
	day := recentDay(t)
	q, up := NewFeed(day, 1, time.Now).Quotes()
	if !up || q.Base != "EUR" || len(q.Rates) != len(day.Rates)+2 {
		t.Fatalf("%+v, %v", q, up)
	}
	for currency, rate := range day.Rates {
		if q.Rates[currency] != rate.String() {
			t.Errorf("%s starts at %s, the last day was %s", currency, q.Rates[currency], rate)
		}
	}
	if q.Rates["USDC"] != q.Rates["USD"] {
		t.Errorf("a dollar coin is %s, a dollar %s", q.Rates["USDC"], q.Rates["USD"])
	}
	ether := decimal.RequireFromString(q.Rates["USD"]).DivRound(decimal.RequireFromString(q.Rates["ETH"]), 6)
	if !ether.Equal(decimal.NewFromInt(2500)) {
		t.Errorf("one ether is %s dollars", ether)
	}
}

// TestWalk lets every rate take many steps: none is larger than 0.02 %, none wanders off, all are plain decimals.
func TestWalk(t *testing.T) {
	day := recentDay(t)
	stepMax := decimal.RequireFromString("0.0002")
	swing := decimal.RequireFromString("0.07")
	rapid.Check(t, func(t *rapid.T) {
		f := NewFeed(day, rapid.Uint64().Draw(t, "seed"), time.Now)
		start, _ := f.Quotes()
		for range rapid.IntRange(0, 5000).Draw(t, "seconds before") {
			f.step()
		}
		last, _ := f.Quotes()
		for range 20 {
			f.step()
			next, _ := f.Quotes()
			for currency, text := range next.Rates {
				if !plainText.MatchString(text) || len(strings.TrimLeft(strings.Replace(text, ".", "", 1), "0")) > significantDigits {
					t.Fatalf("%s is written %q", currency, text)
				}
				if moved := change(last.Rates[currency], text); moved.GreaterThan(stepMax) {
					t.Fatalf("%s moved by %s from %s to %s", currency, moved, last.Rates[currency], text)
				}
				if away := change(start.Rates[currency], text); away.GreaterThan(swing) {
					t.Fatalf("%s is %s away from %s", currency, away, start.Rates[currency])
				}
			}
			last = next
		}
		if maps.Equal(start.Rates, last.Rates) {
			t.Fatal("nothing moved")
		}
	})
}

func change(from, to string) decimal.Decimal {
	old := decimal.RequireFromString(from)
	return decimal.RequireFromString(to).Sub(old).Abs().DivRound(old, 12)
}

func TestSeedDecides(t *testing.T) {
	day := recentDay(t)
	walked := func(seed uint64) map[string]string {
		f := NewFeed(day, seed, time.Now)
		for range 10 {
			f.step()
		}
		q, _ := f.Quotes()
		return q.Rates
	}
	if !maps.Equal(walked(7), walked(7)) || maps.Equal(walked(7), walked(8)) {
		t.Error("the rates do not follow the seed")
	}
}

func TestFreezePinAndDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := NewFeed(recentDay(t), 1, time.Now)
		ctx, stop := context.WithCancel(t.Context())
		go f.Run(ctx)
		defer synctest.Wait()
		defer stop()
		yes, no := true, false
		apply := func(c Change) {
			t.Helper()
			if err := f.Apply(c); err != nil {
				t.Fatal(err)
			}
		}

		apply(Change{Freeze: &yes, Set: map[string]string{"USD": "1.1000"}})
		before, _ := f.Quotes()
		time.Sleep(time.Minute)
		if after, _ := f.Quotes(); after.ObservedAt != before.ObservedAt || !maps.Equal(after.Rates, before.Rates) {
			t.Errorf("frozen, but %+v became %+v", before, after)
		}
		apply(Change{Freeze: &no})
		time.Sleep(time.Minute)
		after, _ := f.Quotes()
		if after.ObservedAt == before.ObservedAt || after.Rates["JPY"] == before.Rates["JPY"] || after.Rates["USD"] != "1.1000" {
			t.Errorf("unfrozen with a pinned dollar: %+v after %+v", after, before)
		}
		apply(Change{Unset: []string{"USD"}, Down: &yes})
		if _, up := f.Quotes(); up {
			t.Error("down, but it answers")
		}
		apply(Change{Down: &no})
		if q, up := f.Quotes(); !up || q.Rates["USD"] == "1.1000" {
			t.Errorf("up again: %+v, %v", q, up)
		}
	})
}

func TestChangeIsAllOrNothing(t *testing.T) {
	f := NewFeed(recentDay(t), 1, time.Now)
	err := f.Apply(Change{Set: map[string]string{"JPY": "150", "USD": "1e3", "XXX": "2"}, Unset: []string{"YYY"}})
	if !errors.Is(err, ErrRate) || !errors.Is(err, ErrCurrency) {
		t.Errorf("error %v", err)
	}
	for _, named := range []string{"USD", "XXX", "YYY"} {
		if err != nil && !strings.Contains(err.Error(), named) {
			t.Errorf("%v does not name %s", err, named)
		}
	}
	if q, _ := f.Quotes(); q.Rates["JPY"] == "150" {
		t.Error("half of a refused change was applied")
	}
}
