package e2e

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The chain of the world.
const (
	network = "eip155:1337"
	chain   = "chain.dev"
	topic   = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef" // of an ERC-20 transfer
)

// node is asked what is on the chain, with no gateway and no gate in between.
type node struct {
	*world

	rpc, usdc string
}

func (w *world) node() node {
	w.t.Helper()
	a := w.control(http.MethodGet, "/control/chains/"+chain, "")
	return node{w, a.text("rpc", 0), a.text("tokens", "USDC", "contract")}
}

// ask calls a method of the node.
func (n node) ask(into any, method string, params ...any) {
	n.t.Helper()
	if params == nil {
		params = []any{}
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		n.t.Fatal(err)
	}
	a, err := n.call(n.t.Context(), http.MethodPost, n.rpc, "", "", string(body))
	if err != nil || a.body["error"] != nil {
		n.t.Fatalf("%s: %v %v", method, a.body["error"], err)
	}
	result, err := json.Marshal(a.body["result"])
	if err == nil {
		err = json.Unmarshal(result, into)
	}
	if err != nil {
		n.t.Fatalf("%s: %s: %v", method, result, err)
	}
}

// transfer is a token's own record of what was moved.
type transfer struct {
	Data            string
	Topics          []string
	TransactionHash string
}

// word is an address as a topic or an argument.
func word(address string) string {
	return "0x" + strings.Repeat("0", 24) + strings.ToLower(strings.TrimPrefix(address, "0x"))
}

// transfers lists what came to an address.
func (n node) transfers(to string) []transfer {
	n.t.Helper()
	var found []transfer
	n.ask(&found, "eth_getLogs", map[string]any{
		"fromBlock": "0x0", "toBlock": "latest", "address": n.usdc, "topics": []any{topic, nil, word(to)},
	})
	return found
}

// balance is what an address has, in millionths.
func (n node) balance(of string) string {
	n.t.Helper()
	var answer string
	n.ask(&answer, "eth_call", map[string]any{"to": n.usdc, "data": "0x70a08231" + word(of)[2:]}, "latest")
	return number(answer).String()
}

// number reads one in hexadecimal.
func number(hexadecimal string) *big.Int {
	n, _ := new(big.Int).SetString(strings.TrimPrefix(hexadecimal, "0x"), 16)
	return n
}

// nonces lists the nonces of all transactions of a sender in the order of the blocks.
func (n node) nonces(sender string) []int64 {
	n.t.Helper()
	var head string
	n.ask(&head, "eth_blockNumber")
	var found []int64
	for i := int64(0); i <= number(head).Int64(); i++ {
		var block struct {
			Transactions []struct{ From, Nonce string }
		}
		n.ask(&block, "eth_getBlockByNumber", fmt.Sprintf("0x%x", i), true)
		for _, tx := range block.Transactions {
			if strings.EqualFold(tx.From, sender) {
				found = append(found, number(tx.Nonce).Int64())
			}
		}
	}
	return found
}

// count is how many transactions of a sender are in the chain.
func (n node) count(sender string) int {
	n.t.Helper()
	var answer string
	n.ask(&answer, "eth_getTransactionCount", sender, "latest")
	return int(number(answer).Int64())
}

// reaches waits until so many transactions of a sender are in the chain.
func (n node) reaches(sender string, want int) {
	n.t.Helper()
	for range 900 {
		if n.count(sender) >= want {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	n.t.Fatalf("the chain has %d transactions of %s, want %d", n.count(sender), sender, want)
}

// mine makes blocks at once.
func (n node) mine(blocks int) {
	n.t.Helper()
	var none any
	n.ask(&none, "anvil_mine", blocks)
}

// paid is where a payer's transfer is on the chain.
type paid struct {
	Tx        string
	Block     int64
	BlockHash string `json:"block_hash"`
}

// payIn has a payer send USDC, and waits until it is in a block.
func (n node) payIn(account int, to, amount string) (p paid) {
	n.t.Helper()
	out := n.run("sandbox", "pay", "--rpc", n.rpc, "--account", fmt.Sprint(account), "--to", to, "--amount", amount, "--token", "USDC", "--wait", "20s")
	if err := json.Unmarshal(out, &p); err != nil {
		n.t.Fatalf("%s: %v", out, err)
	}
	return p
}

// TestKilledWhileItCatchesUp has deposits come while the gateway is down, deep below the head, and kills it again on its way
// through the blocks that it missed.
func TestKilledWhileItCatchesUp(t *testing.T) {
	t.Parallel()
	w, g := startBehind(t)
	n := w.node()
	for i, row := range []struct {
		when  string
		side  side
		above int // the block of the deposit
		kill  func()
	}{
		{"the block of the deposit is asked for", sent, 0, g.kill},
		{"the node has answered with the deposit", answered, 0, g.kill},
		{"the deposit is read, and cannot be stored", answered, 0, g.killMute},
		{"the deposit is read", answered, 0, func() { g.killReader(0) }},
		{"the deposit is stored, and the head is far", sent, 30, g.kill},
		{"the block before the head is read", answered, 59, g.kill},
	} {
		p, due, to := w.awaitCoins(fmt.Sprint("catch-up-", i))
		w.KillGateway()
		n.mine(20)
		deposit := n.payIn(i, to, strings.TrimRight(due, "0"))
		n.mine(60)
		g.stop(row.side, asks("eth_getlogs", n.hash(deposit.Block+int64(row.above))))
		w.again()
		g.await()
		row.kill()
		w.again()
		if got := w.until(p, "succeeded").text("amount_received", "value"); got != due {
			t.Errorf("killed when %s: %s are received, want %s", row.when, got, due)
		}
		if found := n.transfers(to); len(found) != 1 || found[0].TransactionHash != deposit.Tx {
			t.Errorf("killed when %s: on the chain came %v, want only %s", row.when, found, deposit.Tx)
		}
		if times := w.credits(p, "chain:"+network+":deposit"); times != 1 {
			t.Errorf("killed when %s: credited %d times", row.when, times)
		}
		t.Logf("killed when %s: %s USDC in block %d, credited once", row.when, due, deposit.Block)
	}
	w.audit()
}

// awaitCoins makes a payment of 20 euros in USDC, and returns it with what is due and where.
func (w *world) awaitCoins(key string) (id, due, address string) {
	w.t.Helper()
	p := w.insist(http.MethodPost, "/v1/payments", key, `{"amount":{"value":"20.00","currency":"EUR"},"settlement_currency":"EUR",
		"method":{"type":"crypto","crypto":{"currency":"USDC","network":"`+network+`"}}}`)
	due, address = p.text("next_action", "crypto_address", "amount", "value"), p.text("next_action", "crypto_address", "address")
	if due == "" || address == "" {
		w.t.Fatalf("the payer is told %v", p.body)
	}
	return p.text("id"), due, address
}

// hash returns that of a block.
func (n node) hash(block int64) string {
	n.t.Helper()
	var found struct{ Hash string }
	n.ask(&found, "eth_getBlockByNumber", fmt.Sprintf("0x%x", block), false)
	return found.Hash
}
