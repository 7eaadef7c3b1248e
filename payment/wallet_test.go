package payment_test

import (
	"math/big"
	"net/url"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// asked is what a wallet reads in a request of EIP-681.
type asked struct{ target, chain, function, to, units string }

// readRequest reads a request as the grammar of EIP-681 says, independently of what wrote it:
//
//	request = "ethereum" ":" [ "pay-" ] target_address [ "@" chain_id ] [ "/" function_name ] [ "?" parameters ]
func readRequest(t *testing.T, text string) asked {
	t.Helper()
	rest, ok := strings.CutPrefix(text, "ethereum:")
	if !ok {
		t.Fatalf("%q is no request", text)
	}
	rest, query, _ := strings.Cut(rest, "?")
	rest, function, _ := strings.Cut(rest, "/")
	target, chain, _ := strings.Cut(rest, "@")
	said, err := url.ParseQuery(query)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	for name, values := range said {
		if len(values) != 1 {
			t.Fatalf("%q says %q %d times", text, name, len(values))
		}
	}
	if function == "" {
		if len(said) != 1 {
			t.Fatalf("%q says more than a value", text)
		}
		return asked{target, chain, "", target, said.Get("value")}
	}
	if len(said) != 2 {
		t.Fatalf("%q says more than to whom and how much", text)
	}
	return asked{target, chain, function, said.Get("address"), said.Get("uint256")}
}

// FuzzWalletURI asks wallets to pay any amount to any place. What is asked is the whole truth: this address, this chain,
// this token and so many units; or nothing is asked.
func FuzzWalletURI(f *testing.F) {
	const contract = "0xdAC17F958D2ee523a2206206994597C13D831ec7"
	f.Add(payerAddress, "eip155:1337", "", "49.90")
	f.Add(payerAddress, "eip155:1", contract, "0.000001")
	f.Add(payerAddress+"?value=1", "eip155:1", "", "1")
	f.Add(payerAddress, "eip155:1", contract+"@5/transfer?address=0x0&x=", "1")
	f.Add(payerAddress, "eip155:1/transfer", "", "1")
	f.Add(payerAddress, "eip155:01", "", "1")
	f.Add("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "bip122:000000000019d6689c085ae165831e93", "", "1")
	f.Add(payerAddress, "eip155:1", "", "-1")
	f.Add(payerAddress, "eip155:1", "", "0.0000001")
	f.Fuzz(func(t *testing.T, payTo, network, contract, value string) {
		amount, err := money.Restore(value, usdc("0").Asset())
		if err != nil {
			return
		}
		in := payment.Instruction{PayTo: payTo, Network: network, Contract: contract}
		text := in.WalletURI(amount)
		if text == "" {
			return
		}
		got := readRequest(t, text)
		units, ok := new(big.Int).SetString(got.units, 10)
		if !ok || !money.FromUnits(units, amount.Asset()).Equal(amount) || got.to != payTo || "eip155:"+got.chain != network {
			t.Fatalf("%s to %q on %q is asked for by %q", amount, payTo, network, text)
		}
		if contract != "" && (got.target != contract || got.function != "transfer") || contract == "" && got.function != "" {
			t.Errorf("%q of %q is asked for by %q", amount, contract, text)
		}
		if strings.Trim(got.chain, "0123456789") != "" || !isAddress(got.to) || !isAddress(got.target) || amount.Sign() <= 0 {
			t.Errorf("a wallet could not read %q", text)
		}
	})
}

func isAddress(text string) bool {
	n, ok := new(big.Int).SetString(text, 0)
	return ok && len(text) == 42 && strings.HasPrefix(text, "0x") && !strings.Contains(text, "_") && n.Sign() >= 0
}
