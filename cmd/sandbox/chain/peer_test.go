package chain_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/causeway-pay/causeway/cmd/sandbox/chain"
	"github.com/causeway-pay/causeway/cmd/sandbox/clock"
	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
	"github.com/causeway-pay/causeway/cmd/sandbox/wallet"
)

const (
	patience = 20 * time.Second       // for what is expected to happen
	brief    = 200 * time.Millisecond // for what must not
)

// shop is an account that nobody has the key of.
var shop = common.HexToAddress("0x00000000000000000000000000000000000000b1")

// peer is a running chain as a stranger sees it: two addresses that speak JSON-RPC.
type peer struct {
	t     *testing.T
	chain *chain.Chain
	urls  []string
	rpc   *rpc.Client
	node  *ethclient.Client
	log   *movement.Log
}

// start runs a chain that makes blocks on request only, unless change says otherwise.
func start(t *testing.T, change func(*chain.Config)) *peer {
	t.Helper()
	log := movement.NewLog(clock.New(time.Now).Now, movement.Max)
	config := chain.Config{
		Name: "chain.dev", Listen: []string{"127.0.0.1:0", "127.0.0.1:0"}, ID: 1337, Finality: 32,
		Movements: log, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	if change != nil {
		change(&config)
	}
	opened, err := chain.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		opened.Run(ctx)
		close(ended)
	}()
	p := &peer{t: t, chain: opened, urls: opened.URLs(), log: log}
	t.Cleanup(func() {
		stop()
		<-ended
		begun := time.Now()
		limit, cancel := context.WithTimeout(context.Background(), 1500*time.Millisecond)
		defer cancel()
		if err := opened.Close(limit); err != nil || time.Since(begun) > 2*time.Second {
			t.Errorf("closed after %s: %v", time.Since(begun), err)
		}
	})
	p.rpc = p.dial(0)
	p.node = ethclient.NewClient(p.rpc)
	return p
}

func (p *peer) dial(endpoint int) *rpc.Client {
	p.t.Helper()
	client, err := rpc.DialHTTP(p.urls[endpoint])
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(client.Close)
	return client
}

func (p *peer) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	p.t.Cleanup(cancel)
	return ctx
}

// do calls a method that must succeed.
func (p *peer) do(method string, params ...any) {
	p.t.Helper()
	if err := p.rpc.CallContext(p.ctx(), nil, method, params...); err != nil {
		p.t.Fatalf("%s: %v", method, err)
	}
}

// pay sends a payment from a development account to the shop.
func (p *peer) pay(account int, amount, token string) wallet.Sent {
	p.t.Helper()
	key, err := wallet.Account(account)
	if err != nil {
		p.t.Fatal(err)
	}
	sent, err := wallet.Pay(p.ctx(), p.node, wallet.Payment{Key: key, To: shop, Amount: amount, Token: token})
	if err != nil {
		p.t.Fatalf("pay %s %s: %v", amount, token, err)
	}
	return sent
}

// found returns the receipt of a transaction, or nil.
func (p *peer) found(tx common.Hash) *types.Receipt {
	p.t.Helper()
	receipt, err := p.node.TransactionReceipt(p.ctx(), tx)
	if err != nil {
		return nil
	}
	return receipt
}

func (p *peer) balance(token string, of common.Address) *big.Int {
	p.t.Helper()
	if token == "" {
		wei, err := p.node.BalanceAt(p.ctx(), of, nil)
		if err != nil {
			p.t.Fatal(err)
		}
		return wei
	}
	return new(big.Int).SetBytes(p.view(token, wallet.Call("balanceOf(address)", of)))
}

func (p *peer) view(token string, data []byte) hexutil.Bytes {
	p.t.Helper()
	var answer hexutil.Bytes
	message := map[string]any{"to": p.chain.Tokens()[token].Contract, "data": hexutil.Bytes(data)}
	if err := p.rpc.CallContext(p.ctx(), &answer, "eth_call", message, "latest"); err != nil {
		p.t.Fatalf("call %s: %v", token, err)
	}
	return answer
}

// send carries out a call of a token by a development account, and returns its receipt.
func (p *peer) send(account int, token string, data []byte) *types.Receipt {
	p.t.Helper()
	key, err := wallet.Account(account)
	if err != nil {
		p.t.Fatal(err)
	}
	to := p.chain.Tokens()[token].Contract
	tx, err := wallet.Sign(p.ctx(), p.node, key, wallet.Draft{To: &to, Data: data})
	if err != nil {
		p.t.Fatalf("sign: %v", err)
	}
	if err := p.node.SendTransaction(p.ctx(), tx); err != nil {
		p.t.Fatal(err)
	}
	p.do("evm_mine")
	receipt := p.found(tx.Hash())
	if receipt == nil {
		p.t.Fatalf("%s is in no block", tx.Hash())
	}
	return receipt
}

func (p *peer) impose(endpoint int, text string, count int) {
	p.t.Helper()
	fault, err := chain.ParseFault(text, count)
	if err == nil {
		err = p.chain.Impose(&endpoint, fault)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) recover() {
	p.t.Helper()
	if err := p.chain.Recover(); err != nil {
		p.t.Fatal(err)
	}
}

// post sends a body to an endpoint; status 0 means that no answer came.
func (p *peer) post(endpoint int, limit time.Duration, body string) (int, string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.urls[endpoint], bytes.NewReader([]byte(body)))
	if err != nil {
		p.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, ""
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, ""
	}
	return response.StatusCode, string(text)
}

// ask calls a method on an endpoint and returns its result as text.
func (p *peer) ask(endpoint int, method string, params ...any) string {
	p.t.Helper()
	var result json.RawMessage
	if err := p.dial(endpoint).CallContext(p.ctx(), &result, method, params...); err != nil {
		return "error: " + err.Error()
	}
	return string(result)
}
