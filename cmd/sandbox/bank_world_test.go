package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
	"github.com/causeway-pay/causeway/cmd/sandbox/bank"
	"github.com/causeway-pay/causeway/cmd/sandbox/channel"
)

const (
	testBank = "bank.test"
	ours     = "DE75512108001245126199" // the account in euros
	theirs   = "DE46500700100987654321" // of somebody at another bank
	nostro   = "NOSTRO-CNY"
	step     = time.Minute // of sandbox time: tests move the clock, and are slow now and then
)

// teller is a running bank as a gateway sees it. Everything the two say to each other is checked against the schemas.
type teller struct {
	*peer
	calls chan node // callbacks that carry a good signature
	kept  []node    // those that came and nobody asked for yet

	mu   sync.Mutex
	said []string // every XML text either way
}

// startBank runs a world with one bank; change may alter it.
func startBank(t *testing.T, change func(*bank.Config)) *teller {
	t.Helper()
	k := &teller{
		peer:  &peer{t: t, inbox: make(chan received, 1), client: &http.Client{Timeout: patience}},
		calls: make(chan node, 10_000),
	}
	t.Cleanup(k.validate) // last of all, once nobody says anything any more
	gateway := httptest.NewServer(http.HandlerFunc(k.takeDocument))
	t.Cleanup(gateway.Close)
	c := bank.Config{
		Config: channel.Config{
			Name: testBank, Listen: "127.0.0.1:0", Secret: secret, CallbackURL: gateway.URL, CallbackSecret: callbackSecret,
		},
		BIC: "CSWYDEFFXXX", Fence: true, Settle: step,
		Accounts: []bank.Account{
			{ID: ours, Currency: "EUR", Opening: sum("1000.00")},
			{ID: nostro, Currency: "CNY", Opening: sum("10000.00")},
			{ID: "NOSTRO-JPY", Currency: "JPY", Opening: sum("500")},
		},
		Correspondents: []bank.Correspondent{
			{BIC: "CSWYSGSGXXX", Charge: sum("12.00"), Delay: step}, {BIC: "CSWYHKHHXXX", Charge: sum("5.00"), Delay: step},
		},
	}
	if change != nil {
		change(&c)
	}
	k.run(config{banks: []bank.Config{c}})
	return k
}

func sum(text string) amount.Amount {
	a, err := amount.Parse(text)
	if err != nil {
		panic(err)
	}
	return a
}

func (k *teller) takeDocument(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	verifier, err := standardwebhooks.NewWebhook(callbackSecret)
	if err == nil {
		err = verifier.Verify(body, r.Header)
	}
	if err != nil || r.Header.Get("Content-Type") != "application/xml" {
		k.t.Errorf("callback refused: %v, %s", err, r.Header.Get("Content-Type"))
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	document := k.parse(string(body))
	document.header = r.Header
	k.calls <- document
}

// callback returns the oldest callback that wanted accepts, and keeps the others: they come in any order.
func (k *teller) callback(what string, wanted func(node) bool) node {
	k.t.Helper()
	late := time.After(patience)
	for {
		if i := slices.IndexFunc(k.kept, wanted); i >= 0 {
			found := k.kept[i]
			k.kept = slices.Delete(k.kept, i, i+1)
			return found
		}
		select {
		case document := <-k.calls:
			k.kept = append(k.kept, document)
		case <-late:
			k.t.Fatalf("no callback came: %s", what)
			return node{}
		}
	}
}

// send posts a document and returns the answer; status 0 means that none came.
func (k *teller) send(document string) node {
	k.t.Helper()
	return k.sendWithin(patience, document)
}

func (k *teller) sendWithin(limit time.Duration, document string) node {
	k.t.Helper()
	k.parse(document)
	return k.reply(limit, http.MethodPost, "/iso20022", document)
}

func (k *teller) fetch(path string) node {
	k.t.Helper()
	return k.reply(patience, http.MethodGet, path, "")
}

func (k *teller) reply(limit time.Duration, method, path, body string) node {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, k.ready.Banks[testBank]+path, strings.NewReader(body))
	if err != nil {
		k.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+secret)
	request.Header.Set("Content-Type", "application/xml")
	response, err := k.client.Do(request)
	if err != nil {
		return node{}
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return node{}
	}
	n := node{raw: string(raw)}
	if response.Header.Get("Content-Type") == "application/xml" {
		n = k.parse(string(raw))
	}
	n.status, n.header = response.StatusCode, response.Header
	return n
}

// balances are the balances of the bank by account; they must be funding plus what came from outside.
func (k *teller) balances() map[string]string {
	k.t.Helper()
	var books struct {
		Accounts []struct {
			Account, Currency, Balance, Reserved string
		}
		Funded, Outside map[string]string
	}
	k.control(http.MethodGet, "/control/banks/"+testBank+"/accounts", "", &books)
	held, found := map[string]amount.Amount{}, map[string]string{}
	for _, a := range books.Accounts {
		held[a.Currency] = held[a.Currency].Add(signed(a.Balance))
		found[a.Account] = a.Balance
	}
	for currency, total := range held {
		if want := signed(books.Funded[currency]).Add(signed(books.Outside[currency])); !total.Equal(want) {
			k.t.Errorf("%s: the accounts hold %s, funding and the outside make %s", currency, total, want)
		}
	}
	return found
}

// signed reads an amount that may be negative, or missing.
func signed(text string) amount.Amount {
	if text == "" {
		return amount.Amount{}
	}
	digits, negative := strings.CutPrefix(text, "-")
	value := sum(digits)
	if negative {
		return value.Zero().Sub(value)
	}
	return value
}

// till sends a request to the control API of the bank that must succeed.
func (k *teller) till(path, body string) map[string]any {
	k.t.Helper()
	var answer map[string]any
	k.control(http.MethodPost, "/control/banks/"+testBank+"/"+path, body, &answer)
	return answer
}

// moved returns what the log holds about a reference, in order, without the messages.
func (k *teller) moved(reference string) string {
	k.t.Helper()
	var kinds []string
	for _, m := range k.movements("reference=" + reference) {
		if m.Kind != "received" {
			kinds = append(kinds, strings.TrimSpace(m.Kind+" "+m.Amount))
		}
	}
	return strings.Join(kinds, ", ")
}

func jsonFrom(r io.Reader, into any) error { return json.NewDecoder(r).Decode(into) }

// movements is what the log of the bank holds.
func (k *teller) movements(query string) []line {
	k.t.Helper()
	var list struct{ Movements []line }
	k.control(http.MethodGet, "/control/banks/"+testBank+"/movements?"+query, "", &list)
	return list.Movements
}

// track is what the tracker says, with the updates as "agent status reason".
type track struct {
	UETR, Status, Reason string
	Updates              []struct{ Agent, Status, Reason, At string }
	Charges              []struct{ Agent, Amount, Currency string }
	Instructed, Credited *struct{ Amount, Currency string }
	Returned             *struct{ Amount, Currency string }
}

func (k *teller) track(uetr string) track {
	k.t.Helper()
	n := k.fetch("/tracker/" + uetr)
	var found track
	if err := jsonFrom(strings.NewReader(n.raw), &found); err != nil {
		k.t.Errorf("%v in %s", err, n.raw)
	}
	return found
}
