package tour

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// The sandbox's chain, and the addresses that its payers are given: those of a test mnemonic that everybody knows, away
// from the accounts that a development chain fills.
const (
	chainDev     = "chain.dev"
	chainNetwork = "eip155:1337"
	chainXPub    = "xpub6EFHUEbYV13535ChA9yg5xZTWowwFCmFoWnhLbwkd91xHoirGu89GTZwBSUBnBpFeY5EV2cgof8yuyDnkeGALcD8DgGYJSiQfkxKpunWTX1"

	// chainXPrv is its private half, which everybody knows as well. It is the signer's: with it the signer moves what payers
	// sent to the hot wallet.
	chainXPrv = "xprvA1Fw4j4eedUmpb8E48Sfipcixn7Sqk3QSHs6YDY94oUyR1PhjMotifFTLAioqNaHvePgSR5gopXFLjoeXALAv5unMSv1ZG4ZAtJFf5oGWAQ"

	usdcDecimals = 6
)

// onChain is a chain as the sandbox says that it is.
type onChain struct {
	RPC    []string
	Tokens map[string]struct{ Contract string }
}

func (c onChain) usdc() string { return c.Tokens["USDC"].Contract }

// chainArgs starts the chain, on its ports when the world is kept; none when there is another.
func chainArgs(o Options) []string {
	if o.RPC != "" {
		return nil
	}
	spec := "name=" + chainDev + ",id=1337,interval=1s"
	if o.Keep {
		spec += ",listen=127.0.0.1:8545;127.0.0.1:8546"
	}
	return []string{"--chain", spec}
}

// joinChain creates the tokens on a development node that somebody else runs, such as anvil.
func (w *World) joinChain(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, w.options.Sandbox, "deploy", "--rpc", w.options.RPC)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("sandbox deploy: %w", err)
	}
	w.chain.RPC = []string{w.options.RPC}
	return json.Unmarshal(out, &w.chain)
}

// chainConfig is the part of the gateway's configuration about the chain.
func (w *World) chainConfig(dir string) string {
	var through []string
	for _, r := range w.nodes {
		through = append(through, r.URL)
	}
	return fmt.Sprintf(`chains:
  - name: %s
    network: %q
    mode: test
    rpc: [%s]
    tokens: [{code: USDC, contract: "%s", decimals: %d}]
    xpub: %s
    signer: "unix:%s"
    depths: [{currency: USDC, medium: "1000", large: "100000"}, {currency: ETH, medium: "1", large: "100"}]
    sweep_min: %s
    from: 1
    timeout: 2s
    poll: 200ms
    block_time: 1s
`, chainDev, chainNetwork, strings.Join(through, ", "), w.chain.usdc(), usdcDecimals, chainXPub, filepath.Join(dir, "signer.sock"),
		cmp.Or(w.options.SweepMin, "{}"))
}

// startSigner makes a key for the hot wallet and the process that holds it, fills the wallet and books what it holds.
func (w *World) startSigner(ctx context.Context, dir string) error {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	rules := fmt.Sprintf(`{"chains":[1337],"gas_max":300000,"fee_max":"500000000000","assets":[
		{"token":"","max":"1000000000000000000","daily":"100000000000000000000"},
		{"token":%[1]q,"max":"1000000000","daily":"100000000000"}],"destinations":[],"approvers":[],
		"sweeps":{"gas_daily":"1000000000000000000","tokens":[{"token":%[1]q,"name":"USD Coin","version":"2"}]}}`, w.chain.usdc())
	files := map[string]string{"hot.key": hex.EncodeToString(key), "deposits.xprv": chainXPrv, "signer.json": rules}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	var ready struct{ Address string }
	if err := w.spawn(ctx, dir, &ready, w.options.Causeway, "signer", "--exit-on-stdin-close", "--config", w.Config,
		"--socket", filepath.Join(dir, "signer.sock"), "--rules", filepath.Join(dir, "signer.json"),
		"--books", filepath.Join(dir, "signer.db"), "--raw-key", filepath.Join(dir, "hot.key"),
		"--raw-deposits", filepath.Join(dir, "deposits.xprv")); err != nil {
		return fmt.Errorf("signer: %w", err)
	}
	if err := w.fillWallet(ctx, ready.Address); err != nil {
		return err
	}
	for asset, amount := range map[string]string{"ETH": "10", "USDC": "100000"} {
		if _, err := w.cli(ctx, "ledger", "fund", "opening_hot_"+asset, "chain:"+chainNetwork+":hot", amount, asset+"@"+chainNetwork); err != nil {
			return err
		}
	}
	return nil
}

// fillWallet gives the hot wallet 10 ether and 100,000 USDC, as treasury would.
func (w *World) fillWallet(ctx context.Context, address string) error {
	if _, err := w.ask(ctx, "anvil_setBalance", address, "0x8ac7230489e80000"); err != nil {
		return err
	}
	_, err := w.payOnChain(ctx, 9, address, "100000", "USDC")
	return err
}

// ask calls a method of the chain's first node, with those for development that anvil has and the sandbox's chain too.
func (w *World) ask(ctx context.Context, method string, params ...any) (any, error) {
	if params == nil {
		params = []any{}
	}
	_, answer, err := call(ctx, http.MethodPost, w.chain.RPC[0], nil, object{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err == nil && answer["error"] != nil {
		err = fmt.Errorf("%s: %v", method, answer["error"])
	}
	return answer["result"], err
}

// sent is a transaction of a payer.
type sent struct {
	Tx, Raw string
	Block   json.Number
	Hash    string `json:"block_hash"` // of the block
}

// payOnChain signs a transfer with the key of a development account and sends it over JSON-RPC; token is empty for ether.
func (w *World) payOnChain(ctx context.Context, account int, to, amount, token string) (sent, error) {
	args := []string{"pay", "--rpc", w.chain.RPC[0], "--account", strconv.Itoa(account), "--to", to, "--amount", amount, "--wait", "10s"}
	if token != "" {
		args = append(args, "--token", token)
	}
	return w.walletSays(ctx, args...)
}

// payAgain sends the very same transaction again, after a reorganisation dropped it.
func (w *World) payAgain(ctx context.Context, s sent) (sent, error) {
	return w.walletSays(ctx, "pay", "--rpc", w.chain.RPC[0], "--raw", s.Raw, "--wait", "10s")
}

func (w *World) walletSays(ctx context.Context, args ...string) (sent, error) {
	cmd := exec.CommandContext(ctx, w.options.Sandbox, args...)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return sent{}, fmt.Errorf("sandbox pay: %w: %s", err, complaint.String())
	}
	var s sent
	err = json.Unmarshal(out, &s)
	return s, err
}

// reorganize drops the blocks from the one with the transaction on.
func (w *World) reorganize(ctx context.Context, s sent) error {
	head, err := w.head(ctx)
	if err != nil {
		return err
	}
	block, err := s.Block.Int64()
	if err != nil {
		return fmt.Errorf("block %q: %w", s.Block, err)
	}
	_, err = w.ask(ctx, "anvil_reorg", head-block+1, []any{})
	return err
}

// head returns the number of the newest block.
func (w *World) head(ctx context.Context) (int64, error) {
	answer, err := w.ask(ctx, "eth_blockNumber")
	if err != nil {
		return 0, err
	}
	text, _ := answer.(string)
	return strconv.ParseInt(text, 0, 64)
}

// transferTopic is the event of an ERC-20 transfer.
const transferTopic = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"

// arrived lists the transfers to an address that the chain itself has: "value asset" each, in the smallest units.
func (w *World) arrived(ctx context.Context, address string) ([]string, error) {
	logs, err := w.ask(ctx, "eth_getLogs", object{
		"fromBlock": "0x0", "toBlock": "latest", "address": w.chain.usdc(),
		"topics": []any{transferTopic, nil, "0x" + strings.Repeat("0", 24) + strings.ToLower(address[2:])},
	})
	if err != nil {
		return nil, err
	}
	var found []string
	for _, log := range (object{"logs": logs}).list("logs") {
		found = append(found, units(log.text("data"))+" USDC")
	}
	coins, err := w.coinsTo(ctx, address)
	return append(found, coins...), err
}

// coinsTo looks through every block for ether sent to an address.
func (w *World) coinsTo(ctx context.Context, address string) ([]string, error) {
	head, err := w.head(ctx)
	if err != nil {
		return nil, err
	}
	var found []string
	for n := int64(0); n <= head; n++ {
		block, err := w.ask(ctx, "eth_getBlockByNumber", fmt.Sprintf("0x%x", n), true)
		if err != nil {
			return nil, err
		}
		fields, _ := block.(map[string]any)
		for _, tx := range object(fields).list("transactions") {
			if value := units(tx.text("value")); strings.EqualFold(tx.text("to"), address) && value != "0" {
				found = append(found, value+" ETH")
			}
		}
	}
	return found, nil
}

// gasOf is what a transaction cost, in ether, as the chain itself has it.
func (w *World) gasOf(ctx context.Context, tx string) (string, error) {
	answer, err := w.ask(ctx, "eth_getTransactionReceipt", tx)
	if err != nil {
		return "", err
	}
	fields, _ := answer.(map[string]any)
	cost := new(big.Rat).Mul(rational(units(object(fields).text("gasUsed"))), rational(units(object(fields).text("effectiveGasPrice"))))
	return cost.Quo(cost, weiInEther()).FloatString(etherDecimals), nil
}
