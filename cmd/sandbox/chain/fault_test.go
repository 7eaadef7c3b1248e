package chain_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/cmd/sandbox/chain"
	"github.com/causeway-pay/causeway/cmd/sandbox/wallet"
)

const askHead = `{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}`

func TestOneEndpointFailsAndTheOtherDoesNot(t *testing.T) {
	p := start(t, nil)
	for _, row := range []struct {
		fault  string
		status int // of the faulty endpoint; 0 for no answer
	}{
		{"hang", 0},
		{"error_500", 500},
		{"slow:20ms", 200},
		{"refuse", 0},
		{"lag:3", 200},
		{"wrong_chain_id", 200},
	} {
		p.impose(0, row.fault, 0)
		limit := patience
		if row.fault == "hang" {
			limit = brief
		}
		if status, _ := p.post(0, limit, askHead); status != row.status {
			t.Errorf("%s: %d, want %d", row.fault, status, row.status)
		}
		if status, _ := p.post(1, patience, askHead); status != 200 {
			t.Errorf("%s: the other endpoint answers %d", row.fault, status)
		}
		p.recover()
		if first, second := p.ask(0, "eth_getBlockByNumber", "latest", false), p.ask(1, "eth_getBlockByNumber", "latest", false); first != second {
			t.Errorf("after %s the endpoints differ: %s and %s", row.fault, first, second)
		}
	}
}

func TestWrongChainID(t *testing.T) {
	p := start(t, nil)
	p.impose(1, "wrong_chain_id", 2)
	if got := p.ask(1, "eth_chainId") + p.ask(1, "net_version") + p.ask(1, "eth_chainId"); got != `"0x53a""1338""0x539"` {
		t.Errorf("ids are %s", got)
	}
}

func TestLostTransactions(t *testing.T) {
	p := start(t, nil)
	p.impose(0, "drop_transactions", 1)
	dropped := p.pay(1, "1", "")
	p.impose(0, "sent_but_500", 1)
	key, err := wallet.Account(2)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := wallet.Sign(p.ctx(), p.node, key, wallet.Draft{To: &shop})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.node.SendTransaction(p.ctx(), tx); err == nil || !strings.Contains(err.Error(), "500") {
		t.Errorf("sent with %v", err)
	}
	p.do("evm_mine")
	if p.found(dropped.Tx) != nil {
		t.Error("a dropped transaction was mined")
	}
	if p.found(tx.Hash()) == nil {
		t.Error("what was answered with 500 is in no block")
	}
}

func TestLaggingEndpointKnowsNothingNewer(t *testing.T) {
	p := start(t, nil)
	p.do("anvil_mine", 10)
	old := p.pay(1, "1", "USDC")
	p.do("anvil_mine", 5)
	fresh := p.pay(1, "2", "USDC")
	p.do("anvil_mine", 2)
	head, block := p.chain.Head().Number, p.found(fresh.Tx)
	p.impose(1, "lag:3", 0)
	short := func(n uint64) string { return fmt.Sprintf(`"0x%x"`, n) }
	if got := p.ask(1, "eth_blockNumber"); got != short(head-3) {
		t.Errorf("head is %s, want %s", got, short(head-3))
	}
	var latest struct{ Number string }
	if err := json.Unmarshal([]byte(p.ask(1, "eth_getBlockByNumber", "latest", false)), &latest); err != nil || `"`+latest.Number+`"` != short(head-3) {
		t.Errorf("the latest block is %+v, %v", latest, err)
	}
	for _, got := range []string{
		p.ask(1, "eth_getTransactionReceipt", fresh.Tx), p.ask(1, "eth_getTransactionByHash", fresh.Tx),
		p.ask(1, "eth_getBlockByHash", block.BlockHash, false), p.ask(1, "eth_getBlockByNumber", short(head)[1:len(short(head))-1], false),
	} {
		if got != "null" {
			t.Errorf("it knows of %s", got)
		}
	}
	if got := p.ask(1, "eth_getTransactionReceipt", old.Tx); got == "null" {
		t.Error("it does not know what is old enough")
	}
	token := p.chain.Tokens()["USDC"].Contract
	balance := map[string]any{"to": token, "data": fmt.Sprintf("0x%x", wallet.Call("balanceOf(address)", shop))}
	if got := p.ask(1, "eth_call", balance, "latest"); !strings.HasSuffix(got, fmt.Sprintf(`%x"`, 1_000_000)) {
		t.Errorf("the balance is %s", got)
	}
	for _, row := range []struct {
		filter map[string]any
		want   string
	}{
		{map[string]any{"address": token, "blockHash": block.BlockHash}, "error: unknown block"},
		{map[string]any{"address": token, "fromBlock": block.BlockNumber.String()}, "error:"},
		{map[string]any{"address": token, "fromBlock": fmt.Sprintf("0x%x", block.BlockNumber), "toBlock": "latest"}, "[]"},
	} {
		if got := p.ask(1, "eth_getLogs", row.filter); !strings.HasPrefix(got, row.want) {
			t.Errorf("%v: %s", row.filter, got)
		}
	}
	var logs []struct{ TransactionHash string }
	all := map[string]any{"address": token, "fromBlock": "0x2", "toBlock": "latest"}
	if err := json.Unmarshal([]byte(p.ask(1, "eth_getLogs", all)), &logs); err != nil || len(logs) != 1 || logs[0].TransactionHash != old.Tx.Hex() {
		t.Errorf("logs are %+v, %v", logs, err)
	}
}

func TestProtocol(t *testing.T) {
	p := start(t, nil)
	for _, row := range []struct{ body, want string }{
		{`[{"jsonrpc":"2.0","id":"a","method":"eth_chainId"},{"jsonrpc":"2.0","id":2,"method":"evm_mine","params":[]}]`, `[{"jsonrpc":"2.0","id":"a","result":"0x539"},{"jsonrpc":"2.0","id":2,"result":"0x0"}]`},
		{`{"jsonrpc":"2.0","method":"evm_mine","params":[]}`, ``},
		{`{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByHash","params":["0x0000000000000000000000000000000000000000000000000000000000000001",false]}`, `{"jsonrpc":"2.0","id":1,"result":null}`},
		{`{`, `-32700`},
		{`[]`, `-32600`},
		{`{"jsonrpc":"2.0","id":1,"method":"admin_stopHTTP","params":[]}`, `-32601`},
		{`{"jsonrpc":"2.0","id":1,"method":"eth_nonsense","params":[]}`, `-32601`},
		{`{"jsonrpc":"2.0","id":1,"method":"anvil_reorg","params":[1]}`, `-32602`},
		{`{"jsonrpc":"2.0","id":1,"method":"evm_setIntervalMining","params":["soon"]}`, `-32602`},
		{`{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x00"]}`, `-32000`},
	} {
		status, got := p.post(0, patience, row.body)
		if status != 200 || !strings.Contains(strings.TrimSpace(got), row.want) || row.want == "" && got != "" {
			t.Errorf("%s: %d %s", row.body, status, got)
		}
	}
}

func TestFaultsAreReadStrictly(t *testing.T) {
	for _, text := range []string{"", "nonsense", "hang:1s", "slow", "slow:0s", "slow:1h", "lag", "lag:0", "lag:-1", "lag:10001", "wrong_chain_id:2"} {
		if got, err := chain.ParseFault(text, 0); !errors.Is(err, chain.ErrFault) {
			t.Errorf("%q became %+v", text, got)
		}
	}
	if _, err := chain.ParseFault("refuse", 1); !errors.Is(err, chain.ErrFault) {
		t.Error("refuse takes a count")
	}
	p := start(t, nil)
	fault, err := chain.ParseFault("slow:1ms", 0)
	if err != nil {
		t.Fatal(err)
	}
	if third := 2; !errors.Is(p.chain.Impose(&third, fault), chain.ErrEndpoint) {
		t.Error("there is a third endpoint")
	}
	for err == nil {
		err = p.chain.Impose(nil, fault)
	}
	if !errors.Is(err, chain.ErrTooMany) {
		t.Errorf("ended with %v", err)
	}
}

func TestStopsWhileSilent(t *testing.T) {
	answered := make(chan int, 1)
	t.Cleanup(func() { // runs after the chain has ended
		if status := <-answered; status != 0 {
			t.Errorf("the silent endpoint answered %d", status)
		}
	})
	p := start(t, nil)
	p.impose(0, "hang", 1)
	go func() {
		status, _ := p.post(0, patience, askHead)
		answered <- status
	}()
	for len(p.chain.Faults()[0]) > 0 { // until the caller is inside
		runtime.Gosched()
	}
}
