package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/cmd/causeway/tour"
	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/payment"
)

// exampleRules are treasury's rules of the worked examples. Merchants of the tier instant have what they earn at once, and
// so do those of the tier current, who refund at the price of the day. The price of those of the tier brief holds for a moment.
const exampleRules = `
version: 7
rules:
  - {id: rule_margin, kind: fx_margin, calc: {bps: 50}}
  - {id: rule_fee, kind: fee, code: processing, payer: merchant, match: {direction: collect}, calc: {bps: 150}}
  - {id: rule_fee_crypto, kind: fee, code: processing, payer: merchant, match: {direction: collect, rail: onchain}, calc: {bps: 100}}
  - {id: rule_fee_payout, kind: fee, code: payout, payer: sender, asset: USD, match: {direction: send, rail: crossborder}, calc: {fixed: "8.00"}}
  - {id: rule_lock, kind: lock_price, lock: 15m}
  - {id: rule_lock_brief, kind: lock_price, match: {tier: brief}, lock: 4s}
  - {id: rule_settlement, kind: settlement, days: 2}
  - {id: rule_settlement_instant, kind: settlement, match: {tier: instant}, days: 0}
  - {id: rule_settlement_current, kind: settlement, match: {tier: current}, days: 0}
  - {id: rule_refund, kind: refund_rate, rate: original, days: 90}
  - {id: rule_refund_current, kind: refund_rate, match: {tier: current}, rate: current}
`

// names are those of the world, and what the examples call the same.
var names = strings.NewReplacer(
	"merchant:demo:", "merchant:m_1:", "merchant:instant:", "merchant:m_1:", "merchant:current:", "merchant:m_1:",
	"merchant:brief:", "merchant:m_1:", "merchant:coins:", "merchant:m_1:",
	acme, "card.acme", bankAbroad, "xb.bank", network, "eip155:1",
)

const (
	acme   = "card.acme-eu"
	globex = "card.globex"
)

// posted is one payment or payout, and the examples whose rows the ledger must hold for it, in that order.
type posted struct {
	name string
	id   string
	want []string
}

// examples is the world of the worked examples, with their rows by name.
type examples struct {
	*world

	rows   map[string][]string
	demo   *world // what it earns waits for two days
	payer  *world // may pay out, and has what it earns at once
	now    *world // refunds at the price of the day
	brief  *world // has its price for a moment
	coins  *world // is settled in USDC, at once
	ledger []posted
}

// TestTheWorkedExamples has the real binaries post the examples of the ledger's own table, row by row: each payment is made
// through the API, what happens to it is done in the sandbox, and its entries are read as an operator reads them.
//
// The rates are those of the examples, in this order: USD 1.1000 for a euro and 1.2500 for a pound; 1.2400 for a pound when
// payouts come back; 1.0800 for a euro when payers come late; 1.1300 for a euro when payments are refunded.
func TestTheWorkedExamples(t *testing.T) {
	t.Parallel()
	registerAssets(t)
	w := startWith(t, exampleRules, tour.Options{Way: "CSWYSGSGXXX/12.00"})
	e := &examples{world: w, rows: exampleRows(t), demo: w, payer: w.as(w.Payer)}
	e.now = w.as(e.merchant("current", "current", "USD"))
	e.brief = w.as(e.merchant("brief", "brief", "EUR"))
	e.coins = w.as(e.merchant("coins", "instant", "USDC@"+network))

	e.priced("1.1000", "0.8800", "1.25")
	cards := e.cards()
	fenced := e.fencedCharge()
	e.payouts()
	late := e.expiring()
	e.deposits()
	e.reorganisation()
	e.gasTank()
	e.payoutOnChain()
	e.orphan(fenced)

	e.priced("1.0912", "0.8800", "1.24")
	e.advance("25h") // what comes back comes now, and so does the late charge
	e.check()

	e.priced("1.0800", "0.8640", "1.25")
	e.late(late)

	e.priced("1.1300", "0.9040", "1.25")
	e.refunds(cards)
	e.check()
	e.audit()
}

// check reads every payment once more: nothing was posted besides.
func (e *examples) check() {
	e.t.Helper()
	for _, p := range e.ledger {
		e.await(p)
	}
}

// posts expects the rows of the examples for a payment, now and whenever it is checked.
func (e *examples) posts(name, id string, want ...string) {
	e.t.Helper()
	e.ledger = slices.DeleteFunc(e.ledger, func(p posted) bool { return p.id == id })
	p := posted{name: name, id: id}
	for _, example := range want {
		rows, known := e.rows[example]
		if !known {
			e.t.Fatalf("%s: no example %s", name, example)
		}
		p.want = append(p.want, rows...)
	}
	e.ledger = append(e.ledger, p)
	e.await(p)
}

// await reads the entries of a payment until they are what is wanted.
func (e *examples) await(p posted) {
	e.t.Helper()
	var got []string
	for range 150 {
		if got = e.entries(p.id); slices.Equal(got, p.want) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	e.t.Errorf("%s posts\n%s\nwant\n%s", p.name, strings.Join(got, "\n"), strings.Join(p.want, "\n"))
}

var idOf = regexp.MustCompile(`\b([a-z]{2,3})_[0-9A-HJKMNP-TV-Z]{26}\b`)

// entries reads the ledger entries of a payment, and writes them as the examples are: objects are counted by their kind.
func (e *examples) entries(id string) []string {
	e.t.Helper()
	a, err := e.call(e.t.Context(), http.MethodGet, e.Gateway+"/v1/ops/payments/"+id+"/entries", e.Operator, "", "")
	if err != nil || a.status != http.StatusOK {
		e.t.Fatalf("entries of %s: %d %v: %v", id, a.status, a.body, err)
	}
	var list struct{ Data []ledger.Entry }
	data, err := json.Marshal(a.body)
	if err == nil {
		err = json.Unmarshal(data, &list)
	}
	if err != nil {
		e.t.Fatal(err)
	}
	return named(list.Data)
}

// named writes entries as the examples are.
func named(entries []ledger.Entry) []string {
	var rows []string
	for _, entry := range entries {
		for row := range strings.Lines(entry.String()) {
			rows = append(rows, entry.ID+" | "+strings.TrimSuffix(row, "\n"))
		}
	}
	seen, count := map[string]string{}, map[string]int{}
	for i, row := range rows {
		rows[i] = names.Replace(idOf.ReplaceAllStringFunc(row, func(id string) string {
			if seen[id] == "" {
				kind, _, _ := strings.Cut(id, "_")
				count[kind]++
				seen[id] = fmt.Sprintf("%s_%d", kind, count[kind])
			}
			return seen[id]
		}))
	}
	return rows
}

// exampleRows reads the table that the ledger's unit tests hold themselves to.
func exampleRows(t *testing.T) map[string][]string {
	t.Helper()
	file, err := os.Open("../ledger/testdata/examples.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows := map[string][]string{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if name, row, ok := strings.Cut(lines.Text(), " | "); ok {
			rows[name] = append(rows[name], row)
		}
	}
	return rows
}

// cards makes the card payments: A1 as it stands, in two captures, and of merchants who have their money at once. One of
// those also earns what it pays out later.
func (e *examples) cards() []string {
	e.t.Helper()
	e.posts("A1", e.sale(e.demo, "a1", ""), "A1")

	manual := e.sale(e.demo, "a1-parts", `,"capture":"manual"`)
	for i, part := range []string{"60.00", "39.99"} {
		e.made(e.demo, "/v1/payments/"+manual+"/capture", fmt.Sprint("a1-capture-", i), `{"amount":{"value":"`+part+`","currency":"EUR"}}`)
	}
	e.posts("A1 in two captures", manual, "A1-first", "A1-last")

	const funds = `{"amount":{"value":"10000.00","currency":"USD"},"settlement_currency":"USD","method":{"type":"card","card":{"token":"tok_visa"}}}`
	e.payer.until(e.made(e.payer, "/v1/payments", "funds", funds), "succeeded")
	cards := []string{e.sale(e.payer, "d2", ""), e.sale(e.payer, "d4", ""), e.sale(e.now, "d3", ""), e.sale(e.now, "d3-funds", "")}
	for _, id := range cards {
		e.posts("A2", id, "A1", "A2-merchant")
	}
	return cards
}

// sale is the payment of the examples by card.
func (e *examples) sale(by *world, key, more string) string {
	e.t.Helper()
	return e.made(by, "/v1/payments", key, `{"amount":{"value":"99.99","currency":"EUR"},"settlement_currency":"USD","method":{"type":"card","card":{"token":"tok_visa"}}`+more+`}`)
}

// made makes an object and returns its id.
func (e *examples) made(by *world, path, key, body string) string {
	e.t.Helper()
	a := by.insist(http.MethodPost, path, key, body)
	if a.status >= http.StatusBadRequest {
		e.t.Fatalf("POST %s %s: %d %v", path, body, a.status, a.body)
	}
	return a.text("id")
}

// fencedCharge begins a payment whose first charge is lost, canceled, and carried out a sandbox hour later all the same.
func (e *examples) fencedCharge() string {
	e.t.Helper()
	e.fault(acme, "fence_broken:1h")
	return e.sale(e.demo, "g1", "")
}

// orphan waits until the payment went on to the other acquirer, and expects what its first charge posts once it happens.
func (e *examples) orphan(id string) {
	e.t.Helper()
	e.until(id, "succeeded")
	e.calm(acme)
	var want []string
	for _, row := range e.rows["A1"] {
		want = append(want, strings.ReplaceAll(row, "card.acme", globex))
	}
	p := posted{name: "G", id: id, want: want}
	e.await(p)
	p.want = slices.Concat(want, e.rows["G1"], e.rows["G2"])
	e.ledger = append(e.ledger, p)
}

// refunds gives the payments by card back at today's price: one at its own rate, one that fails, and one at today's rate.
func (e *examples) refunds(cards []string) {
	e.t.Helper()
	e.made(e.payer, "/v1/refunds", "d2-refund", `{"payment":"`+cards[0]+`"}`)
	e.posts("D2", cards[0], "A1", "A2-merchant", "D1", "D2")
	e.made(e.now, "/v1/refunds", "d3-refund", `{"payment":"`+cards[2]+`"}`)
	e.posts("D3", cards[2], "A1", "A2-merchant", "D1-current", "D3")
	e.fault(acme, "refund:timeout_then_decline") // which the acquirer says when it is asked again
	e.made(e.payer, "/v1/refunds", "d4-refund", `{"payment":"`+cards[1]+`"}`)
	e.calm(acme)
	e.posts("D4", cards[1], "A1", "A2-merchant", "D1", "D4")
}

// payouts sends GBP 1,000.00 from USD, once for each thing that may become of it.
func (e *examples) payouts() {
	e.t.Helper()
	to := e.made(e.payer, "/v1/beneficiaries", "beneficiary", `{"name":"Ada Byron","country":"GB","account":"GB29NWBK60161331926819","bic":"NWBKGB2LXXX","town":"London"}`)
	ids := map[string]string{}
	fates := map[string]string{
		"C4": "", "C5": "reject:AC01", "C5b": "reject_unbooked:AC04", "C5b-debited": "reject_at:1:AC04",
		"C6": "returned:24h:980.00:AC04", "C7": "returned:24h:980.00:BE08",
	}
	for _, name := range slices.Sorted(maps.Keys(fates)) {
		ids[name] = e.made(e.payer, "/v1/payouts", name, `{"amount":{"value":"1000.00","currency":"GBP"},"fix":"target","source":{"currency":"USD"},`+
			`"beneficiary":"`+to+`","charge_bearer":"DEBT","simulate":"`+fates[name]+`"}`)
	}
	e.posts("C4", ids["C4"], "C1", "C2", "C3", "C4")
	e.posts("C5", ids["C5"], "C1", "C5")
	e.posts("C5b", ids["C5b"], "C1", "C2", "C5b")
	e.posts("C5b after the debit", ids["C5b-debited"], "C1", "C2", "C3", "C5b", "C5b-debited")
	for _, name := range []string{"C6", "C7"} {
		e.posts(name, ids[name], "C1", "C2", "C3", "C4")
		p := &e.ledger[len(e.ledger)-1]
		p.want = slices.Concat(p.want, e.rows[name]) // once it comes back
	}
}

// deposits pays orders of EUR 50.00 in USDC: exactly, with 5 too much, and in two transfers.
func (e *examples) deposits() {
	e.t.Helper()
	exact, address := e.demo.order("b1")
	e.send(0, address, "55.275")
	e.posts("B1", exact, "B1")

	over, address := e.demo.order("b4")
	e.send(1, address, "60.275")
	e.posts("B4", over, "B1", "B4")

	short, address := e.demo.order("b6")
	e.send(2, address, "30")
	e.posts("B6", short, "B6")
	e.send(2, address, "25.275")
	e.posts("B7", short, "B6", "B7")
}

// reorganisation has the chain take two payments back, of which one is pending at its merchant's and one available, and
// take the first in again.
func (e *examples) reorganisation() {
	e.t.Helper()
	id, address := e.demo.order("f2")
	settled, other := e.payer.order("f2-settled")
	e.control(http.MethodPost, "/control/chains/"+chain+"/mine", `{"blocks":2}`) // nothing of the others is dropped with it
	transfer := e.send(3, address, "55.275")
	e.send(4, other, "55.275")
	e.posts("B1", id, "B1")
	e.posts("B1 settled", settled, "B1", "B1-settled")

	head, err := strconv.ParseInt(e.control(http.MethodGet, "/control/chains/"+chain, "").text("head", "number"), 10, 64)
	if err != nil {
		e.t.Fatal(err)
	}
	depth := head - transfer.Block + 2 // one more, as a block may come in between
	e.control(http.MethodPost, "/control/chains/"+chain+"/reorg", fmt.Sprintf(`{"depth":%d}`, depth))
	e.posts("F2", id, "B1", "F2")
	e.posts("F2 settled", settled, "B1", "B1-settled", "F2-settled")
	e.wallet("--raw", transfer.Raw)
	e.posts("F3", id, "B1", "F2", "F3")
}

// invoice is a payment that is paid in USDC, and where.
type invoice struct{ id, address string }

// expiring makes two payments whose price soon ends.
func (e *examples) expiring() (invoices []invoice) {
	e.t.Helper()
	for _, key := range []string{"b-late", "b-late-short"} {
		id, address := e.brief.order(key)
		invoices = append(invoices, invoice{id, address})
	}
	return invoices
}

// late pays what was due by a price that has ended: at the price of now that is too much for the first, and the second gets
// less than that.
func (e *examples) late(invoices []invoice) {
	e.t.Helper()
	for _, due := range invoices {
		e.brief.until(due.id, "expired")
	}
	e.send(5, invoices[0].address, "55.275")
	e.posts("late, and over", invoices[0].id, "B-late", "B-late-over")
	if got := fmt.Sprint(e.brief.until(invoices[0].id, "succeeded").body["exceptions"]); !strings.Contains(got, payment.WasPaidLate) || !strings.Contains(got, payment.WasOverpaid) {
		e.t.Errorf("late, and over: the exceptions are %s", got)
	}
	e.send(6, invoices[1].address, "54")
	e.posts("late, and short", invoices[1].id, "B-late-short")
}

// gasTank has treasury send ether to the wallet, and book it: once, however often it says so.
func (e *examples) gasTank() {
	e.t.Helper()
	e.wallet("--account", "8", "--to", e.node().wallet(), "--amount", "1")
	for range 2 {
		e.run("causeway", "ledger", "fund", "gas_1", "chain:"+network+":hot", "1", "ETH@"+network, "--config", e.Config)
	}
	var entry ledger.Entry
	if err := json.Unmarshal(e.run("causeway", "ledger", "entry", "gas_1:funded", "--output", "json", "--config", e.Config), &entry); err != nil {
		e.t.Fatal(err)
	}
	if got := named([]ledger.Entry{entry}); !slices.Equal(got, e.rows["B3"]) {
		e.t.Errorf("B3 posts\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(e.rows["B3"], "\n"))
	}
}

// gasOf is the row of the gas that a transaction took, which is what it took.
var gasOf = regexp.MustCompile(`^(\w+):(\w+) \| ETH@eip155:1 \| Dr cost:network (0\.\d{18}) \| Cr chain:eip155:1:hot (0\.\d{18})$`)

// payoutOnChain has a merchant earn USDC and pay 100 of them out on the chain.
func (e *examples) payoutOnChain() {
	e.t.Helper()
	const usdc = `"currency":"USDC","network":"` + network + `"`
	p := e.coins.insist(http.MethodPost, "/v1/payments", "c-funds", `{"amount":{"value":"200",`+usdc+`},"method":{"type":"crypto","crypto":{`+usdc+`}}}`)
	e.send(7, p.text("next_action", "crypto_address", "address"), "200")
	e.coins.until(p.text("id"), "succeeded")
	to := e.made(e.coins, "/v1/beneficiaries", "c-beneficiary", `{"name":"Ada","address":"0x00000000000000000000000000000000000c4a11","network":"`+network+`"}`)
	id := e.made(e.coins, "/v1/payouts", "c-chain", `{"amount":{"value":"100",`+usdc+`},"fix":"target","beneficiary":"`+to+`"}`)
	e.coins.see("/v1/payouts/"+id, "paid")
	want := slices.Concat(e.rows["C1-chain"], e.rows["C-chain"])
	last := len(want) - 1
	rows := e.entries(id)
	for i, row := range rows {
		rows[i] = blockOf.ReplaceAllString(row, " ")
	}
	if len(rows) != len(want) || !slices.Equal(rows[:last], want[:last]) {
		e.t.Fatalf("C-chain posts\n%s\nwant\n%s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
	}
	if cost, example := gasOf.FindStringSubmatch(rows[last]), gasOf.FindStringSubmatch(want[last]); cost == nil || cost[3] != cost[4] || !slices.Equal(cost[1:3], example[1:3]) {
		e.t.Errorf("its gas is posted as %s", rows[last])
	}
}
