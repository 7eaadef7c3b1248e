package tour

import (
	"math/big"
	"strings"
)

// etherDecimals is how many decimals an amount of ether has.
const etherDecimals = 18

// rational reads a decimal number as it came over the wire; one that is none is nothing.
func rational(decimal string) *big.Rat {
	if n, ok := new(big.Rat).SetString(decimal); ok {
		return n
	}
	return new(big.Rat)
}

// plain writes a number without zeros at its end.
func plain(n *big.Rat) string {
	text := n.FloatString(etherDecimals)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// wei is an amount of ether in the smallest units, as the chain has it.
func wei(ether string) string { return plain(new(big.Rat).Mul(rational(ether), weiInEther())) + " ETH" }

// units writes a number in hexadecimal as a decimal one.
func units(hexadecimal string) string {
	n, ok := new(big.Int).SetString(strings.TrimPrefix(hexadecimal, "0x"), 16)
	if !ok {
		return hexadecimal
	}
	return n.String()
}

func weiInEther() *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(etherDecimals), nil))
}
