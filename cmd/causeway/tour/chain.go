package tour

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
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

	usdcDecimals = 6
)

// onChain is a chain as the sandbox says that it is.
type onChain struct {
	RPC    []string
	Tokens map[string]struct{ Contract string }
}

func (c onChain) usdc() string { return c.Tokens["USDC"].Contract }

// chainArgs starts the chain, on its ports when the world is kept.
func chainArgs(keep bool) []string {
	spec := "name=" + chainDev + ",id=1337,interval=1s"
	if keep {
		spec += ",listen=127.0.0.1:8545;127.0.0.1:8546"
	}
	return []string{"--chain", spec}
}

// chainConfig is the part of the gateway's configuration about the chain.
func (w *World) chainConfig(dir string) string {
	return fmt.Sprintf(`chains:
  - name: %s
    network: %q
    mode: test
    rpc: [%s]
    tokens: [{code: USDC, contract: "%s", decimals: %d}]
    xpub: %s
    signer: "unix:%s"
    depths: [{currency: USDC, medium: "1000", large: "100000"}, {currency: ETH, medium: "1", large: "100"}]
    from: 1
    timeout: 2s
    poll: 200ms
    block_time: 1s
`, chainDev, chainNetwork, strings.Join(w.chain.RPC, ", "), w.chain.usdc(), usdcDecimals, chainXPub, filepath.Join(dir, "signer.sock"))
}

// startSigner makes a key for the hot wallet and the process that holds it, fills the wallet and books what it holds.
func (w *World) startSigner(ctx context.Context, dir string) error {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	rules := fmt.Sprintf(`{"chains":[1337],"gas_max":300000,"fee_max":"500000000000","assets":[
		{"token":"","max":"1000000000000000000","daily":"100000000000000000000"},
		{"token":%q,"max":"1000000000","daily":"100000000000"}],"destinations":[],"approvers":[]}`, w.chain.usdc())
	files := map[string]string{"hot.key": hex.EncodeToString(key), "signer.json": rules}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	var ready struct{ Address string }
	if err := w.spawn(ctx, dir, &ready, w.options.Causeway, "signer", "--exit-on-stdin-close", "--config", w.Config,
		"--socket", filepath.Join(dir, "signer.sock"), "--rules", filepath.Join(dir, "signer.json"),
		"--books", filepath.Join(dir, "signer.db"), "--raw-key", filepath.Join(dir, "hot.key")); err != nil {
		return fmt.Errorf("signer: %w", err)
	}
	for token, amount := range map[string]string{"": "10", "USDC": "100000"} {
		body := object{"address": ready.Address, "amount": amount}
		asset := "ETH@" + chainNetwork
		if token != "" {
			body["token"], asset = token, token+"@"+chainNetwork
		}
		if _, err := w.control(ctx, http.MethodPost, "/control/chains/"+chainDev+"/faucet", body); err != nil {
			return err
		}
		if _, err := w.cli(ctx, "ledger", "fund", "opening_hot_"+strings.ReplaceAll(asset, "@eip155:1337", ""), "chain:"+chainNetwork+":hot", amount, asset); err != nil {
			return err
		}
	}
	return nil
}

// sent is a transaction of a payer.
type sent struct {
	Tx, Raw string
	Block   json.Number
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
	o, err := w.control(ctx, http.MethodGet, "/control/chains/"+chainDev, nil)
	if err != nil {
		return err
	}
	head, err := strconv.ParseFloat(o.text("head", "number"), 64)
	if err != nil {
		return fmt.Errorf("head %q: %w", o.text("head", "number"), err)
	}
	block, err := s.Block.Float64()
	if err != nil {
		return fmt.Errorf("block %q: %w", s.Block, err)
	}
	_, err = w.control(ctx, http.MethodPost, "/control/chains/"+chainDev+"/reorg", object{"depth": int(head-block) + 1})
	return err
}

// arrived lists the transfers to an address that the chain itself has, "value asset" each in the smallest units.
func (w *World) arrived(ctx context.Context, address string) ([]string, error) {
	o, err := w.control(ctx, http.MethodGet, "/control/chains/"+chainDev+"/transfers?address="+url.QueryEscape(address), nil)
	var found []string
	for _, t := range o.list("transfers") {
		if strings.EqualFold(t.text("to"), address) {
			found = append(found, t.text("value")+" "+t.text("asset"))
		}
	}
	return found, err
}

// calmChain makes the nodes behave again.
func (w *World) calmChain(ctx context.Context) error {
	_, err := w.control(ctx, http.MethodDelete, "/control/chains/"+chainDev+"/faults", nil)
	return err
}
