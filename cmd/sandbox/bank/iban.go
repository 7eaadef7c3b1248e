package bank

import (
	"regexp"
	"strings"
)

var ibanGrammar = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$`)

// validIBAN reports whether the check digits of an IBAN are right: the number made of it is 1 modulo 97 (ISO 13616).
func validIBAN(iban string) bool {
	if !ibanGrammar.MatchString(iban) {
		return false
	}
	rest := 0
	for _, c := range iban[4:] + iban[:4] {
		if c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
			continue
		}
		rest = (rest*10 + int(c-'0')) % 97
	}
	return rest == 1
}

// exponents are the currencies of ISO 4217 that do not have two decimals.
var exponents = map[string]int{
	"BHD": 3, "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "IQD": 3, "ISK": 0, "JOD": 3, "JPY": 0, "KMF": 0, "KRW": 0, "KWD": 3,
	"LYD": 3, "OMR": 3, "PYG": 0, "RWF": 0, "TND": 3, "UGX": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}

func decimalsOf(currency string) int {
	if n, ok := exponents[strings.ToUpper(currency)]; ok {
		return n
	}
	return 2
}
