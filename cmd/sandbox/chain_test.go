package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/causeway-pay/causeway/cmd/sandbox/chain"
)

const (
	shop     = "0x00000000000000000000000000000000000000b1"
	onChain  = "/control/chains/chain.dev"
	usdc     = "0x982e69ecDB3805b4E2Aa8686ad06dC788eFAF46C"
	payerKey = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d" // of account 1
)

// startChain runs a world that has a chain and nothing else.
func startChain(t *testing.T) *peer {
	t.Helper()
	chains, err := parseChains([]string{"name=chain.dev,interval=0s"})
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t, client: &http.Client{Timeout: patience}}
	p.run(config{chains: chains})
	return p
}

// sent is what the pay command prints.
type sent struct {
	Tx    string `json:"tx"`
	Block uint64 `json:"block"`
	Hash  string `json:"block_hash"`
	Raw   string `json:"raw"`
}

// command runs the sandbox with these arguments and reads the JSON that it prints.
func (p *peer) command(into any, arguments ...string) {
	p.t.Helper()
	var out bytes.Buffer
	root := command()
	root.SetOut(&out)
	root.SetArgs(arguments)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := root.ExecuteContext(ctx); err != nil {
		p.t.Fatalf("%v: %v", arguments, err)
	}
	decode(p.t, out.Bytes(), into)
}

func (p *peer) transfers() (list struct{ Transfers []chain.Transfer }) {
	p.t.Helper()
	p.control(http.MethodGet, onChain+"/transfers?address="+shop, "", &list)
	return list
}

func TestPayerSeesAReorganization(t *testing.T) {
	p := startChain(t)
	node := p.ready.Chains["chain.dev"].RPC
	var first, again sent
	p.command(&first, "pay", "--rpc", node[0], "--key", payerKey, "--to", shop, "--amount", "1.5", "--token", "USDC")
	if first.Block != 0 || first.Raw == "" {
		t.Errorf("sent as %+v", first)
	}
	p.control(http.MethodPost, onChain+"/mine", `{"blocks":2}`, nil)
	if all := p.transfers().Transfers; len(all) != 1 || all[0].Value != "1500000" || all[0].Asset != "USDC" {
		t.Errorf("transfers %+v", all)
	}
	p.command(&first, "pay", "--rpc", node[1], "--raw", first.Raw)
	var head chain.Block
	p.control(http.MethodPost, onChain+"/reorg", `{"depth":2}`, &head)
	if all := p.transfers().Transfers; len(all) != 0 {
		t.Errorf("transfers of dropped blocks: %+v", all)
	}
	p.command(&again, "pay", "--rpc", node[1], "--raw", first.Raw)
	p.control(http.MethodPost, onChain+"/mine", `{}`, nil)
	p.command(&again, "pay", "--rpc", node[0], "--raw", first.Raw, "--wait", "5s")
	if again.Tx != first.Tx || again.Block != head.Number+1 || again.Hash == first.Hash {
		t.Errorf("was %+v, is %+v", first, again)
	}
}

func TestDeployFindsTheTokensThatAreThere(t *testing.T) {
	p := startChain(t)
	var deployed struct {
		Network string
		Tokens  map[string]struct {
			Contract string
			Decimals int
		}
	}
	p.command(&deployed, "deploy", "--rpc", p.ready.Chains["chain.dev"].RPC[0])
	if deployed.Network != "eip155:1337" || len(deployed.Tokens) != 5 || deployed.Tokens["USDC"].Contract != usdc || deployed.Tokens["USDC"].Decimals != 6 {
		t.Errorf("%+v", deployed)
	}
}

func TestChainControl(t *testing.T) {
	p := startChain(t)
	for _, row := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{http.MethodGet, "", "", 200, usdc},
		{http.MethodPost, "/faults", `{"scenario":"lag:2","count":3,"endpoint":1}`, 200, `{"endpoints":[[],[{"scenario":"lag:2","count":3}]]}`},
		{http.MethodGet, "/faults", "", 200, "lag:2"},
		{http.MethodDelete, "/faults", "", 200, `{"endpoints":[[],[]]}`},
		{http.MethodPost, "/faults", `{"scenario":"refuse"}`, 200, "refuse"},
		{http.MethodDelete, "/faults", "", 200, `{"endpoints":[[],[]]}`},
		{http.MethodPost, "/faults", `{"scenario":"hang","endpoint":2}`, 404, "no such endpoint"},
		{http.MethodPost, "/faults", `{"scenario":"sulk"}`, 400, "wrong_chain_id"},
		{http.MethodPost, "/mine", `{"blocks":100001}`, 400, "too many blocks"},
		{http.MethodPost, "/reorg", `{"depth":500}`, 400, "reorg depth"},
		{http.MethodPost, "/faucet", `{"address":"` + shop + `","amount":"2"}`, 200, `"block":`},
		{http.MethodPost, "/faucet", `{"address":"` + shop + `","amount":"2","token":"USDT"}`, 200, `"block":`},
		{http.MethodPost, "/faucet", `{"address":"` + shop + `","amount":"0.0000001","token":"USDT"}`, 400, "decimals"},
		{http.MethodPost, "/faucet", `{"address":"` + shop + `","amount":"2","token":"DAI"}`, 400, "DAI"},
		{http.MethodPost, "/faucet", `{"amount":"2"}`, 400, "address is missing"},
		{http.MethodPost, "/guard", `{"block":["` + shop + `"]}`, 200, `"number":`},
		{http.MethodGet, "/transfers?address=" + shop, "", 200, "2000000000000000000"},
		{http.MethodGet, "/transfers?address=shop", "", 400, "40 hex digits"},
	} {
		status, answer := p.call(row.method, p.ready.Control+onChain+row.path, row.body)
		if status != row.status || !strings.Contains(string(answer), row.says) {
			t.Errorf("%s %s %s: %d %s", row.method, row.path, row.body, status, answer)
		}
	}
	for _, path := range []string{"", "/faults", "/transfers?address=" + shop} {
		if status, _ := p.call(http.MethodGet, p.ready.Control+"/control/chains/chain.none"+path, ""); status != 404 {
			t.Errorf("no chain%s answers %d", path, status)
		}
	}
}

func TestChainFlag(t *testing.T) {
	got, err := parseChains(append([]string{"", "name=chain.b,interval=0s,automine=true,id=10,finality=2,account=" + shop + "/ETH/10;" + shop + "/USDC/2.5"}, standardChains...))
	want := []chain.Config{
		{Name: "chain.b", Listen: []string{"127.0.0.1:0", "127.0.0.1:0"}, ID: 10, Automine: true, Finality: 2, Accounts: []chain.Account{
			{Address: common.HexToAddress(shop), Asset: "ETH", Opening: "10"}, {Address: common.HexToAddress(shop), Asset: "USDC", Opening: "2.5"},
		}},
		{Name: "chain.dev", Listen: []string{"127.0.0.1:8545", "127.0.0.1:8546"}, ID: 1337, Interval: time.Second, Finality: 32},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = parseChains([]string{"id=0,interval=soon,automine=perhaps,finality=-1,account=shop/ETH/1,colour=red", "name=chain.a", "name=chain.a"})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, fault := range []string{
		"name is missing", `unknown key "colour"`, "id must be", "interval must be", "automine must be", "finality must be", "account must be",
		"chain.a: the name is used twice",
	} {
		if !strings.Contains(err.Error(), fault) {
			t.Errorf("%v does not say %q", err, fault)
		}
	}
}

func TestPayRefusesWhatItCannotDo(t *testing.T) {
	p := startChain(t)
	node := p.ready.Chains["chain.dev"].RPC[0]
	for _, arguments := range []string{
		"", "--to shop --amount 1", "--to " + shop + " --amount -1", "--to " + shop + " --amount 1 --account 10",
		"--to " + shop + " --amount 1 --token DAI", "--to " + shop + " --amount 1 --key 0x12", "--raw 0x12", "--raw raw",
		"--to " + shop + " --amount 1 --token " + shop, "--to " + shop + " --amount 100000",
	} {
		root := command()
		root.SetArgs(append([]string{"pay", "--rpc", node}, strings.Fields(arguments)...))
		if err := root.ExecuteContext(context.Background()); err == nil {
			t.Errorf("pay %s went well", arguments)
		}
	}
	if all := p.transfers().Transfers; len(all) != 0 {
		t.Errorf("something was paid: %+v", all)
	}
}

func TestReadyLineHasTheChain(t *testing.T) {
	p := startChain(t)
	line, err := json.Marshal(p.ready.Chains["chain.dev"])
	if err != nil || !strings.HasPrefix(string(line), `{"rpc":["http://127.0.0.1:`) || !strings.Contains(string(line), `"USDC":{"contract":"`+usdc+`","decimals":6}`) {
		t.Errorf("%s, %v", line, err)
	}
}
