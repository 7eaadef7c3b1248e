package chain_test

import (
	"fmt"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/causeway-pay/causeway/cmd/sandbox/chain"
	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
	"github.com/causeway-pay/causeway/cmd/sandbox/wallet"
)

// addresses follow from the deployer's nonces. They are written down here because configurations elsewhere have them.
var addresses = map[string]string{
	"USDC":  "0x982e69ecDB3805b4E2Aa8686ad06dC788eFAF46C",
	"USDT":  "0x3ffc6321FA6d5a9cE2E2618bb0658a104fE5D098",
	"TAXED": "0x06BCa993CFDa85fC492A795729111215e0743092",
	"GUARD": "0x0660e4E3b8c27CCCdfFb4a8542260F3f41896553",
	"FAKE":  "0xfF694BBDE3e05A795d1f48caf882A90090ca4A02",
}

func TestChainIsFurnished(t *testing.T) {
	p := start(t, nil)
	if got := p.ask(0, "eth_chainId") + p.ask(1, "net_version"); got != `"0x539""1337"` {
		t.Errorf("identity is %s", got)
	}
	indexed := time.Now().Add(10 * time.Second) // the node calls itself syncing until it has indexed its first blocks
	for p.ask(0, "eth_syncing") != "false" && time.Now().Before(indexed) {
		time.Sleep(10 * time.Millisecond)
	}
	if got := p.ask(0, "eth_syncing"); got != "false" {
		t.Errorf("syncing is %s", got)
	}
	for name, address := range addresses {
		token := p.chain.Tokens()[name]
		if token.Contract.Hex() != address {
			t.Errorf("%s is at %s, want %s", name, token.Contract.Hex(), address)
		}
		unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(token.Decimals)), nil)
		for _, account := range wallet.Accounts() {
			if got := p.balance(name, account); got.Cmp(unit.Mul(unit, big.NewInt(1))) <= 0 {
				t.Errorf("%s has %s %s", account, got, name)
			}
		}
	}
	if got := p.balance("USDC", wallet.Accounts()[9]); got.String() != "1000000000000" {
		t.Errorf("the last account has %s USDC", got)
	}
	if got := p.balance("", wallet.Accounts()[0]); got.String() != "10000000000000000000000" {
		t.Errorf("the first account has %s wei", got)
	}
}

func TestTransfersAreWhatTheChainSays(t *testing.T) {
	p := start(t, nil)
	for i, row := range []struct{ amount, token, arrives string }{
		{"1.5", "", "1500000000000000000"},
		{"2.5", "USDC", "2500000"},
		{"3", "USDT", "3000000"},
		{"10", "TAXED", "9900000000000000000"},
		{"4", "GUARD", "4000000"},
		{"5", "FAKE", "5000000"},
	} {
		sent := p.pay(i, row.amount, row.token)
		p.do("evm_mine")
		receipt := p.found(sent.Tx)
		if receipt == nil || receipt.Status != types.ReceiptStatusSuccessful {
			t.Fatalf("%s: receipt %+v", row.token, receipt)
		}
		if got := p.balance(row.token, shop); got.String() != row.arrives {
			t.Errorf("the shop has %s %s, want %s", got, row.token, row.arrives)
		}
		if row.token == "USDC" && receipt.GasUsed > 60_000 {
			t.Errorf("a token transfer costs %d gas", receipt.GasUsed)
		}
		all, err := p.chain.Transfers(p.ctx(), shop)
		if err != nil || len(all) != i+1 {
			t.Fatalf("%d transfers, want %d: %v", len(all), i+1, err)
		}
		asset := row.token
		if asset == "" {
			asset = "ETH"
		}
		last := all[i]
		if last.Asset != asset || last.Value != row.arrives || last.Tx != sent.Tx || last.BlockHash != receipt.BlockHash || last.To != shop {
			t.Errorf("%s: %+v", asset, last)
		}
	}
}

func TestReorganizationDropsWhatWasSent(t *testing.T) {
	p := start(t, nil)
	for round := range 5 { // what comes back into the pool by itself does so in the background
		sent := p.pay(1, "2", "USDC")
		p.do("anvil_mine", 3)
		first := p.found(sent.Tx)
		waiting := p.pay(2, "1", "")
		before := p.chain.Head()
		p.do("anvil_reorg", 3, []any{})
		after := p.chain.Head()
		if after.Number != before.Number || after.Hash == before.Hash {
			t.Errorf("head was %+v and is %+v", before, after)
		}
		if p.found(sent.Tx) != nil || p.ask(1, "eth_getTransactionByHash", sent.Tx) != "null" {
			t.Errorf("%s outlived its block", sent.Tx)
		}
		if got := p.ask(0, "eth_getBlockByHash", first.BlockHash, false); got == "null" {
			t.Error("a node knows its orphans")
		}
		p.do("evm_mine")
		if p.found(sent.Tx) != nil {
			t.Errorf("%s came back by itself", sent.Tx)
		}
		if p.found(waiting.Tx) == nil {
			t.Errorf("%s waited in the pool and was lost", waiting.Tx)
		}
		if _, err := wallet.Broadcast(p.ctx(), p.node, sent.Raw); err != nil {
			t.Fatal(err)
		}
		p.do("evm_mine")
		second := p.found(sent.Tx)
		if second == nil || second.BlockHash == first.BlockHash {
			t.Errorf("sent again: %+v", second)
		}
		if all, err := p.chain.Transfers(p.ctx(), shop); err != nil || len(all) != 2*(round+1) {
			t.Errorf("round %d: %d transfers, %v", round, len(all), err)
		}
		if _, err := wallet.Broadcast(p.ctx(), p.node, sent.Raw); err != nil {
			t.Errorf("once more, in a block already: %v", err)
		}
	}
	if got := len(p.log.Select(movement.Query{Channel: "chain.dev"})); got != 5+4*5 {
		t.Errorf("the log has %d transactions", got) // the tokens, and four messages a round
	}
	if got := p.ask(0, "anvil_reorg", 1000, []any{}); got[:6] != "error:" {
		t.Errorf("the tokens can be dropped: %s", got)
	}
}

// A reorganization is one step: whoever looks sees the old chain or the new one, of the same length.
func TestNobodySeesHalfAReorganization(t *testing.T) {
	p := start(t, nil)
	p.do("anvil_mine", 40)
	want := fmt.Sprintf(`"0x%x"`, p.chain.Head().Number)
	stop := make(chan struct{})
	var watching sync.WaitGroup
	for endpoint := range 2 {
		client := p.dial(endpoint)
		watching.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				var head struct{ Number, Hash string }
				var parent struct{ Hash string }
				if err := client.CallContext(p.ctx(), &head, "eth_getBlockByNumber", "latest", false); err != nil {
					t.Error(err)
					return
				}
				if err := client.CallContext(p.ctx(), &parent, "eth_getBlockByHash", head.Hash, false); err != nil || parent.Hash != head.Hash {
					t.Errorf("block %+v, %v", parent, err)
				}
				if `"`+head.Number+`"` != want {
					t.Errorf("head is %s, want %s", head.Number, want)
				}
			}
		})
	}
	for range 20 {
		p.do("anvil_reorg", 30, []any{})
	}
	close(stop)
	watching.Wait()
}

func TestFinalityIsADistance(t *testing.T) {
	p := start(t, func(c *chain.Config) { c.Finality = 10 })
	p.do("anvil_mine", "0x1e")
	head := p.chain.Head().Number
	for _, tag := range []string{"safe", "finalized"} {
		header := struct{ Number, Hash string }{}
		if err := p.rpc.CallContext(p.ctx(), &header, "eth_getBlockByNumber", tag, false); err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("0x%x", head-10); header.Number != want {
			t.Errorf("%s is %s, want %s", tag, header.Number, want)
		}
	}
	was := p.ask(0, "eth_getBlockByNumber", "finalized", false)
	p.do("anvil_reorg", 15, []any{})
	if p.ask(0, "eth_getBlockByNumber", "finalized", false) == was {
		t.Error("a reorganization went deeper than finality, and what was final still is")
	}
}

func TestBlocksComeAtThePaceAskedFor(t *testing.T) {
	p := start(t, func(c *chain.Config) { c.Interval = 50 * time.Millisecond })
	sent := p.pay(1, "1", "")
	if got, err := wallet.Await(p.ctx(), p.node, sent, patience); err != nil || got.Block == 0 {
		t.Fatalf("no block by the clock: %+v, %v", got, err)
	}
	p.do("evm_setAutomine", true)
	if sent := p.pay(1, "1", ""); p.found(sent.Tx) == nil {
		t.Error("no block with the transaction")
	}
	p.do("evm_setAutomine", false)
	still := p.chain.Head()
	sent = p.pay(1, "1", "")
	if got, err := wallet.Await(p.ctx(), p.node, sent, brief); err != nil || got.Block != 0 || p.chain.Head() != still {
		t.Errorf("a block came that nobody asked for: %+v, %v", got, err)
	}
	p.do("evm_setIntervalMining", 1)
	if got, err := wallet.Await(p.ctx(), p.node, sent, patience); err != nil || got.Block == 0 {
		t.Errorf("no block by the clock: %+v, %v", got, err)
	}
}

func TestAccountsAreOpenedWithWhatTheyHave(t *testing.T) {
	p := start(t, func(c *chain.Config) {
		c.Accounts = []chain.Account{{Address: shop, Asset: "ETH", Opening: "10"}, {Address: shop, Asset: "USDC", Opening: "2.5"}}
	})
	if ether, usdc := p.balance("", shop), p.balance("USDC", shop); ether.String() != "10000000000000000000" || usdc.String() != "2500000" {
		t.Errorf("the shop has %s wei and %s millionths of a USDC", ether, usdc)
	}
	if all, err := p.chain.Transfers(p.ctx(), shop); err != nil || len(all) != 2 {
		t.Errorf("it was filled by %+v, %v", all, err)
	}
	if _, err := p.chain.Reorg(1); err == nil {
		t.Error("an opening balance can be dropped")
	}
}

func TestBalanceFaucetAndPool(t *testing.T) {
	p := start(t, nil)
	waiting := p.pay(1, "7", "")
	p.do("anvil_setBalance", shop, "0xde0b6b3a7640001")
	if got := p.balance("", shop); got.String() != "1000000000000000001" {
		t.Errorf("the balance is %s", got)
	}
	if all, err := p.chain.Transfers(p.ctx(), shop); err != nil || len(all) != 1 || all[0].Kind != "internal" {
		t.Errorf("a balance out of nothing is told as %+v, %v", all, err)
	}
	if got := p.ask(0, "anvil_setBalance", shop, "1"); got[:6] != "error:" {
		t.Errorf("lowered: %s", got)
	}
	for _, row := range []struct{ amount, token, has string }{{"2", "", "3000000000000000001"}, {"2.5", "TAXED", "2500000000000000000"}} {
		sent, err := p.chain.Pour(p.ctx(), shop, row.amount, row.token)
		if err != nil || sent.Block == 0 || sent.Reverted {
			t.Fatalf("faucet: %+v, %v", sent, err)
		}
		if got := p.balance(row.token, shop); got.String() != row.has {
			t.Errorf("the shop has %s %s, want %s", got, row.token, row.has)
		}
	}
	if p.found(waiting.Tx) != nil {
		t.Error("a transaction was mined along the way")
	}
	if got := p.ask(1, "anvil_dropTransaction", waiting.Tx); got != `"`+waiting.Tx.Hex()+`"` {
		t.Errorf("dropped %s", got)
	}
	p.do("evm_mine")
	if p.found(waiting.Tx) != nil {
		t.Error("a dropped transaction was mined")
	}
	if got := p.ask(1, "anvil_dropTransaction", common.Hash{1}); got != "null" {
		t.Errorf("dropped %s", got)
	}
}
