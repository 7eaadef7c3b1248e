package api

import "strings"

// isCardNumber reports whether text holds what looks like a primary account number (ISO/IEC 7812): 13 to 19 digits,
// perhaps in groups, with a valid check digit, of an industry that issues payment cards.
func isCardNumber(text string) bool {
	const least, most = 13, 19
	var digits []byte
	separated := 0 // separators in a row
	for _, c := range []byte(text + "\n") {
		switch {
		case c >= '0' && c <= '9':
			digits = append(digits, c)
			separated = 0
		case (c == ' ' || c == '-' || c == '.') && len(digits) > 0 && separated == 0:
			separated++
		default:
			if len(digits) >= least && len(digits) <= most && issuesCards(digits) && luhn(digits) {
				return true
			}
			digits, separated = digits[:0], 0
		}
	}
	return false
}

// issuesCards looks at the major industry identifier: 2 to 6 are the payment brands (Mastercard 2 and 5, American
// Express, JCB and Diners 3, Visa 4, Discover, Maestro and UnionPay 6).
func issuesCards(digits []byte) bool { return strings.IndexByte("23456", digits[0]) >= 0 }

// luhn checks the last digit (ISO/IEC 7812-1, annex B).
func luhn(digits []byte) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
