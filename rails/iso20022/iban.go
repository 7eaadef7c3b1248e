package iso20022

import (
	"errors"
	"fmt"
	"strings"
)

// Faults of an IBAN (ISO 13616-1).
var (
	// ErrIBANCharacters is returned when an IBAN has anything but capitals and digits; blanks are for paper.
	ErrIBANCharacters = errors.New("an IBAN consists of capitals and digits")
	// ErrIBANCountry is returned when a country has no IBAN.
	ErrIBANCountry = errors.New("country has no IBAN")
	// ErrIBANLength is returned when an IBAN has another length than those of its country.
	ErrIBANLength = errors.New("IBAN has the wrong length for its country")
	// ErrIBANStructure is returned when an IBAN has letters where its country has digits, or the other way around.
	ErrIBANStructure = errors.New("IBAN does not have the structure of its country")
	// ErrIBANChecksum is returned when the check digits do not fit the rest, as after a typing error.
	ErrIBANChecksum = errors.New("IBAN has wrong check digits")
)

const ibanMax = 34 // characters of any IBAN

// CheckIBAN checks an account number by ISO 13616-1: characters, country, national length and structure, and the check
// digits by ISO 7064 MOD 97-10. It does not know whether the account exists. It returns every fault that it can tell,
// joined: those above.
func CheckIBAN(s string) error {
	if len(s) > ibanMax || !alphanumeric(s) {
		return fmt.Errorf("%.40q: %w", s, ErrIBANCharacters)
	}
	if len(s) < len("GB00") {
		return fmt.Errorf("%q: %w", s, ErrIBANLength)
	}
	var faults []error
	structure, known := ibanCountries[s[:2]]
	switch {
	case !known:
		faults = append(faults, fmt.Errorf("%q: %w", s[:2], ErrIBANCountry))
	case len(s) != structure.length:
		faults = append(faults, fmt.Errorf("%w: %d characters, not %d", ErrIBANLength, len(s), structure.length))
	case !structure.grammar.MatchString(s[4:]):
		faults = append(faults, ErrIBANStructure)
	}
	if !checkDigits(s) {
		faults = append(faults, ErrIBANChecksum)
	}
	return errors.Join(faults...)
}

// CompactIBAN removes the blanks of an IBAN as it is printed, and makes its letters capitals: what a person typed becomes
// what [CheckIBAN] takes.
func CompactIBAN(s string) string {
	return strings.ToUpper(strings.ReplaceAll(s, " ", ""))
}

// PrintIBAN is an IBAN as it stands on paper, in groups of four: "DE89 3704 0044 0532 0130 00".
func PrintIBAN(s string) string {
	var groups []string
	for len(s) > 4 {
		groups, s = append(groups, s[:4]), s[4:]
	}
	return strings.Join(append(groups, s), " ")
}

// checkDigits reports whether the third and fourth characters are right: digits from 02 to 98 with which the whole, its
// first four characters moved to the end and its letters read as 10 to 35, leaves 1 when divided by 97.
func checkDigits(s string) bool {
	two := s[2:4]
	return digits(two) && two >= "02" && two <= "98" && mod97(s[4:]+s[:4]) == 1
}

// mod97 is what capitals and digits, read as one number, leave when divided by 97 (ISO 7064).
func mod97(s string) int {
	rest := 0
	for _, c := range []byte(s) {
		if c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest
}

// alphanumeric reports whether s consists of capitals and digits.
func alphanumeric(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return (r < '0' || r > '9') && (r < 'A' || r > 'Z') })
}
