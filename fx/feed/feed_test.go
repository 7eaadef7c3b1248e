package feed_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/causeway-pay/causeway/fx"
	"github.com/causeway-pay/causeway/fx/feed"
	"github.com/causeway-pay/causeway/money"
)

// serve answers every request with status and body.
func serve(t *testing.T, status int, body string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestJSON(t *testing.T) {
	url := serve(t, http.StatusOK, `{"observed_at":"2026-11-03T12:00:00Z","base":"EUR","rates":{"USD":"1.1684","ETH":"0.00046"}}`)
	observed, err := feed.JSON{URL: url, Client: http.DefaultClient}.Fetch(t.Context())
	if err != nil || len(observed) != 2 {
		t.Fatal(observed, err)
	}
	want := fx.Observation{Base: "EUR", Quote: "USD", Rate: "1.1684", ObservedAt: time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)}
	if observed[1] != want {
		t.Errorf("got %+v, want %+v", observed[1], want)
	}
}

func TestBadJSON(t *testing.T) {
	for name, body := range map[string]string{
		"empty":         ``,
		"not JSON":      `<html>`,
		"a number":      `{"observed_at":"2026-11-03T12:00:00Z","base":"EUR","rates":{"USD":1.1684}}`,
		"null":          `{"observed_at":"2026-11-03T12:00:00Z","base":"EUR","rates":null}`,
		"a second rate": `{"observed_at":"2026-11-03T12:00:00Z","base":"EUR","rates":{"USD":"1.1","USD":"1.2"}}`,
		"a new field":   `{"observed_at":"2026-11-03T12:00:00Z","base":"EUR","rates":{"USD":"1.1"},"bid":{}}`,
		"no base":       `{"observed_at":"2026-11-03T12:00:00Z","rates":{"USD":"1.1"}}`,
		"no time":       `{"base":"EUR","rates":{"USD":"1.1"}}`,
		"two documents": `{"observed_at":"2026-11-03T12:00:00Z","base":"EUR","rates":{"USD":"1.1"}}{}`,
		"huge":          `{"base":"` + strings.Repeat("E", 2<<20) + `"}`,
	} {
		_, err := feed.JSON{URL: serve(t, http.StatusOK, body), Client: http.DefaultClient}.Fetch(t.Context())
		if !errors.Is(err, feed.ErrBadAnswer) {
			t.Errorf("%s: got %v, want ErrBadAnswer", name, err)
		}
	}
	_, err := feed.JSON{URL: serve(t, http.StatusServiceUnavailable, `{}`), Client: http.DefaultClient}.Fetch(t.Context())
	if !errors.Is(err, feed.ErrBadAnswer) {
		t.Errorf("status 503: got %v, want ErrBadAnswer", err)
	}
}

func TestECBDaily(t *testing.T) {
	file, err := os.ReadFile("testdata/eurofxref-daily.xml")
	if err != nil {
		t.Fatal(err)
	}
	observed, err := feed.ECB{URL: serve(t, http.StatusOK, string(file)), Client: http.DefaultClient}.Fetch(t.Context())
	if err != nil || len(observed) != 5 {
		t.Fatal(observed, err)
	}
	want := fx.Observation{Base: "EUR", Quote: "GBP", Rate: "0.84585", ObservedAt: time.Date(2022, 7, 8, 0, 0, 0, 0, time.UTC)}
	if observed[2] != want {
		t.Errorf("got %+v, want %+v", observed[2], want)
	}
	for _, body := range []string{"", "<a>", "<Envelope/>", "<Envelope><Cube><Cube time='yesterday'><Cube currency='USD' rate='1'/></Cube></Cube></Envelope>", "<Envelope><Cube><Cube time='2022-07-08'/></Cube></Envelope>"} {
		if _, err := (feed.ECB{URL: serve(t, http.StatusOK, body), Client: http.DefaultClient}).Fetch(t.Context()); !errors.Is(err, feed.ErrBadAnswer) {
			t.Errorf("%q: got %v, want ErrBadAnswer", body, err)
		}
	}
}

// The whole embedded history reads, every rate of it passes the grammar, and its assets are all known.
func TestHistory(t *testing.T) {
	var days, rates int
	var first, last time.Time
	for day, err := range feed.History() {
		if err != nil {
			t.Fatal(err)
		}
		days++
		rates += len(day)
		first = day[0].ObservedAt
		if last.IsZero() {
			last = first
		}
		for _, o := range day {
			quote, assetErr := money.ParseAsset(o.Quote)
			if _, err := money.ParseRate(o.Rate, money.MustAsset(o.Base), quote); err != nil || assetErr != nil {
				t.Fatal(o, err, assetErr)
			}
		}
	}
	if days != 6983 || first.Format(time.DateOnly) != "1999-01-04" || last.Format(time.DateOnly) != "2026-04-13" {
		t.Errorf("%d days with %d rates from %s to %s", days, rates, first, last)
	}
}

// Since 2002, when the TARGET calendar took its present form, the rates of every day last until those of the next day are
// out, over every weekend and holiday, and not for an hour more.
func TestHistoryMeetsTheCalendar(t *testing.T) {
	eur, usd := money.MustAsset("EUR"), money.MustAsset("USD")
	var next time.Time
	for day, err := range feed.History() {
		if err != nil {
			t.Fatal(err)
		}
		date := day[0].ObservedAt
		if date.Year() < 2002 {
			break
		}
		board := fx.NewBoard(fx.Policy{Feeds: map[string]fx.Trust{"ecb": {Kind: fx.Reference}}, NewID: func() string { return "snap" }})
		if _, err := board.Add(t.Context(), "ecb", date, day[:1]); err != nil {
			t.Fatal(err)
		}
		if next.IsZero() {
			next = date.AddDate(0, 0, 1)
		}
		if _, _, err := board.Mid(eur, usd, fx.Indicative, next.Add(16*time.Hour)); err != nil {
			t.Errorf("%s: stale before %s is out", date.Format(time.DateOnly), next.Format(time.DateOnly))
		}
		if _, _, err := board.Mid(eur, usd, fx.Indicative, next.Add(17*time.Hour)); err == nil {
			t.Errorf("%s: used when %s is overdue", date.Format(time.DateOnly), next.Format(time.DateOnly))
		}
		next = date
	}
}

// On 15 January 2015 the franc left its cap: the jump is held, the currencies beside it are not, and released it is used.
func TestFranc(t *testing.T) {
	file, err := os.Open("testdata/franc.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var days [][]fx.Observation
	for day, err := range feed.ReadHistory(file) {
		if err != nil {
			t.Fatal(err)
		}
		days = append([][]fx.Observation{day}, days...)
	}
	var ids int
	board := fx.NewBoard(fx.Policy{
		Feeds:        map[string]fx.Trust{"ecb": {Kind: fx.Reference}},
		DeviationBps: map[string]int64{"EUR/RUB": 1000}, // it moved 5.4 % the day before
		NewID:        func() string { ids++; return fmt.Sprintf("snap_%d", ids) },
	})
	held := map[string]string{}
	var jump fx.Snapshot
	for _, day := range days[:5] { // to the day of the jump
		added, err := board.Add(t.Context(), "ecb", day[0].ObservedAt.Add(15*time.Hour), day)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range added {
			if s.Held {
				held[s.Quote], jump = s.ObservedAt.Format(time.DateOnly), s
			}
		}
	}
	if len(held) != 1 || held["CHF"] != "2015-01-15" || jump.Rate != "1.028" {
		t.Fatalf("held %v, %+v", held, jump)
	}
	evening := jump.ReceivedAt.Add(time.Hour)
	eur, chf := money.MustAsset("EUR"), money.MustAsset("CHF")
	if _, _, err := board.Mid(eur, chf, fx.Indicative, evening); !errors.Is(err, fx.ErrUnavailable) {
		t.Errorf("the jump is shown before it is released: %v", err)
	}
	if _, err := board.Release(t.Context(), jump.ID, evening); err != nil {
		t.Fatal(err)
	}
	next := days[5] // 1.0128, close to the released rate
	if added, err := board.Add(t.Context(), "ecb", next[0].ObservedAt.Add(15*time.Hour), next); err != nil || added[0].Held {
		t.Fatal(added, err)
	}
	if mid, _, err := board.Mid(eur, chf, fx.Indicative, next[0].ObservedAt.Add(16*time.Hour)); err != nil || mid.Value() != "1.0128" {
		t.Errorf("mid %s, %v", mid.Value(), err)
	}
}

// scripted is a source that answers as told, in turn, and then with the last answer.
type scripted struct {
	answers []error
	asked   []time.Time
}

var errDown = errors.New("down")

func (s *scripted) Fetch(context.Context) ([]fx.Observation, error) {
	s.asked = append(s.asked, time.Now())
	err := s.answers[min(len(s.asked), len(s.answers))-1]
	return []fx.Observation{{Base: "EUR", Quote: "USD", Rate: "1.1", ObservedAt: time.Now()}}, err
}

func poller(source feed.Source, log io.Writer) (*feed.Poller, *fx.Board) {
	board := fx.NewBoard(fx.Policy{
		Feeds: map[string]fx.Trust{"live": {Kind: fx.Live, MaxAge: time.Minute, FirmOn: true}},
		NewID: func() string { return "snap" },
	})
	return &feed.Poller{
		Feed: "live", Source: source, Board: board, Now: time.Now, Log: slog.New(slog.NewTextHandler(log, nil)),
		Interval: 10 * time.Second, Timeout: 2 * time.Second, Backoff: time.Second,
	}, board
}

func TestPollerTriesThreeTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &scripted{answers: []error{errDown}}
		p, _ := poller(source, io.Discard)
		began := time.Now()
		if err := p.Poll(t.Context()); !errors.Is(err, errDown) {
			t.Errorf("got %v", err)
		}
		if len(source.asked) != 3 || time.Since(began) != 3*time.Second {
			t.Errorf("asked at %v within %s", source.asked, time.Since(began))
		}
	})
}

func TestPollerRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &scripted{answers: []error{errDown, nil}}
		p, board := poller(source, io.Discard)
		if err := p.Poll(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, _, err := board.Mid(money.MustAsset("EUR"), money.MustAsset("USD"), fx.Firm, time.Now()); err != nil {
			t.Error(err)
		}
	})
}

func TestPollerRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &scripted{answers: []error{nil}}
		p, _ := poller(source, io.Discard)
		p.Jitter = 5 * time.Second
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		p.Run(ctx) // returns when ctx ends
		if rounds := len(source.asked); rounds < 8 || rounds > 12 {
			t.Errorf("%d rounds in two minutes", rounds)
		}
		for i := 1; i < len(source.asked); i++ {
			if gap := source.asked[i].Sub(source.asked[i-1]); gap < 10*time.Second || gap > 15*time.Second {
				t.Errorf("a gap of %s", gap)
			}
		}
	})
}

// silent never answers before it is given up.
type silent struct{}

func (silent) Fetch(ctx context.Context) ([]fx.Observation, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestPollerGivesUpOnSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		p, _ := poller(silent{}, &log)
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		p.Run(ctx)
		if !strings.Contains(log.String(), "rates not fetched") || !strings.Contains(log.String(), "deadline exceeded") {
			t.Errorf("log %s", &log)
		}
	})
}

// A slow server is cut off by the context of the try.
func TestSlowServer(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-release
	}))
	defer server.Close()
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := (feed.JSON{URL: server.URL, Client: http.DefaultClient}).Fetch(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func FuzzReadHistory(f *testing.F) {
	for _, name := range []string{"testdata/franc.csv", "testdata/easter.csv"} {
		file, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	f.Add([]byte("Date,USD,\n2026-01-02,N/A,\n"))
	f.Add([]byte("Date\n\"\n"))
	f.Add([]byte("Date,USD\n2026-13-02,1\n2026-01-02,1,2\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		failed := false
		for day, err := range feed.ReadHistory(bytes.NewReader(file)) {
			if failed {
				t.Fatal("it went on after a fault")
			}
			if err != nil {
				failed = true
				if !errors.Is(err, feed.ErrBadAnswer) {
					t.Errorf("got %v, want ErrBadAnswer", err)
				}
			}
			for _, o := range day {
				if o.Base != "EUR" || o.Quote == "" || o.Rate == "" {
					t.Errorf("%+v", o)
				}
			}
		}
	})
}
