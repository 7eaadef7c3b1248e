package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// step is how far a payout on the chain has come when the gateway is killed.
type step struct {
	name  string
	side  side
	is    func(beneficiary string) func(message) bool
	again func(beneficiary string) func(message) bool // what comes to the same side as soon as a gateway takes it up
}

// steps are the ones of rails/onchain, seen from the wires to the signer and to the nodes.
var steps = []step{
	{"reserved", sent, signs, nil},
	{"signed", answered, signs, nil},
	{"stored", sent, broadcasts, broadcasts},
	{"broadcast", answered, broadcasts, inquires},
}

// signs tells the order to sign a transfer to a beneficiary.
func signs(beneficiary string) func(message) bool {
	return func(m message) bool {
		var order struct{ Data []byte }
		return m.path == "/sign" && json.Unmarshal([]byte(m.body), &order) == nil &&
			strings.Contains(fmt.Sprintf("%x", order.Data), beneficiary[2:])
	}
}

// broadcasts tells the signed bytes of a transfer to a beneficiary.
func broadcasts(beneficiary string) func(message) bool {
	return asks("eth_sendrawtransaction", beneficiary[2:])
}

// inquires tells questions for what became of a transaction, whosever it is.
func inquires(string) func(message) bool { return asks("eth_gettransactionreceipt") }

const (
	killsEach = 10
	waitMax   = 12 // payouts whose block has not come; the wallet takes up to 16
)

// out is one payout whose gateway was killed.
type out struct{ key, body, beneficiary, step string }

// TestKilledAtEachStepOfAPayout kills the gateway ten times at each step of a payout, and half of the time once more as the
// next one takes it up, and counts on the chain.
func TestKilledAtEachStepOfAPayout(t *testing.T) {
	t.Parallel()
	w, g := startBehind(t)
	n := w.node()
	w.Key = w.Payer
	w.until(w.pay("funds", `{"amount":{"value":"300.00","currency":"EUR"},"settlement_currency":"EUR","method":{"type":"card","card":{"token":"tok_visa"}}}`).text("id"), "succeeded")

	wallet := n.wallet()
	var outs []out
	for round := range killsEach {
		for _, s := range steps {
			o := w.payout(len(outs), s.name)
			outs = append(outs, o)
			g.stop(s.side, s.is(o.beneficiary))
			w.lose("/v1/payouts", o.key, o.body)
			g.await()
			g.kill()
			again := ""
			if s.again != nil && round%2 == 1 {
				g.stop(s.side, s.again(o.beneficiary))
				w.again()
				g.await()
				g.kill()
				again = ", and again when it was taken up"
			}
			w.again()
			t.Logf("payout %2d killed when %s%s", len(outs), s.name, again)
			n.reaches(wallet, len(outs)-waitMax)
		}
	}
	for i, o := range outs {
		p := w.insist(http.MethodPost, "/v1/payouts", o.key, o.body)
		w.see("/v1/payouts/"+p.text("id"), "paid")
		found := n.transfers(o.beneficiary)
		if len(found) != 1 || number(found[0].Data).String() != "1000000" || n.balance(o.beneficiary) != "1000000" {
			t.Errorf("payout %d killed when %s: on the chain %d transfers to %s, which has %s", i+1, o.step, len(found), o.beneficiary, n.balance(o.beneficiary))
		}
	}
	n.mine(40) // all of it is final
	want := make([]int64, len(outs))
	for i := range want {
		want[i] = int64(i)
	}
	if got := n.nonces(wallet); !slices.Equal(got, want) {
		t.Errorf("the wallet's transactions have the nonces %v, want each of 0 to %d once", got, len(outs)-1)
	}
	w.audit()
}

// payout is one of 1 USDC to a beneficiary that nobody paid before.
func (w *world) payout(no int, step string) out {
	w.t.Helper()
	to := fmt.Sprintf("0x%040x", 0xca05e000+no)
	beneficiary := w.insist(http.MethodPost, "/v1/beneficiaries", fmt.Sprint("wallet-", no), `{"name":"Ada","address":"`+to+`","network":"`+network+`"}`)
	return out{
		fmt.Sprint("payout-", no),
		`{"amount":{"value":"1","currency":"USDC","network":"` + network + `"},"fix":"target","source":{"currency":"EUR"},"beneficiary":"` + beneficiary.text("id") + `"}`,
		to, step,
	}
}

// wallet is the one that payouts leave from: the last account of the chain filled it when the world began.
func (n node) wallet() string {
	n.t.Helper()
	const filler = "0xa0ee7a142d267c1f36714e4a8f75612f20a79720"
	var found []transfer
	n.ask(&found, "eth_getLogs", map[string]any{"fromBlock": "0x0", "toBlock": "latest", "address": n.usdc, "topics": []any{topic, word(filler)}})
	if len(found) != 1 {
		n.t.Fatalf("%d transfers fill the wallet", len(found))
	}
	return "0x" + found[0].Topics[2][len(word("")):]
}
