package payment

import (
	"strconv"
	"strings"
	"unicode"
)

// IsCardNumber reports whether text holds what looks like a primary account number (ISO/IEC 7812): in one piece, perhaps
// with letters around it, or in groups as on a card, with the prefix and length of a brand and a valid check digit.
// Digits scattered among letters are an identifier: one UUID in a thousand would pass for a card otherwise.
func IsCardNumber(text string) bool {
	words := strings.FieldsFunc(text, func(c rune) bool { return !isDigit(c) && !unicode.IsLetter(c) })
	for i, word := range words {
		if isPAN(strings.TrimFunc(word, unicode.IsLetter)) {
			return true
		}
		for _, layout := range layouts {
			if isPAN(grouped(words[i:], layout)) {
				return true
			}
		}
	}
	return false
}

func isDigit(c rune) bool { return c >= '0' && c <= '9' }

// layouts are the groups that card numbers are written in.
var layouts = [][]int{{4, 4, 4, 4}, {4, 6, 5}, {4, 6, 4}, {4, 4, 4, 1}, {4, 4, 4, 4, 3}}

// grouped joins the first words when their lengths are those of the layout.
func grouped(words []string, layout []int) string {
	if len(words) < len(layout) {
		return ""
	}
	for i, length := range layout {
		if len(words[i]) != length {
			return ""
		}
	}
	return strings.Join(words[:len(layout)], "")
}

func isPAN(digits string) bool {
	const least, most = 13, 19
	return len(digits) >= least && len(digits) <= most && strings.IndexFunc(digits, unicode.IsLetter) < 0 && isIssued(digits) && luhn(digits)
}

// brands are the prefixes of cards that are in use, each from first to last, with the lengths that go with them.
var brands = []struct {
	first, last int
	lengths     string
}{
	{2221, 2720, "16"},                   // Mastercard
	{3000, 3059, "14 15 16 17 18 19"},    // Diners Club
	{3095, 3095, "14 15 16 17 18 19"},    // Diners Club
	{3400, 3499, "15"},                   // American Express
	{3528, 3589, "16 17 18 19"},          // JCB
	{3600, 3699, "14 15 16 17 18 19"},    // Diners Club
	{3700, 3799, "15"},                   // American Express
	{3800, 3999, "14 15 16 17 18 19"},    // Diners Club
	{4000, 4999, "13 16 18 19"},          // Visa
	{5000, 5099, "13 14 15 16 17 18 19"}, // Maestro
	{5100, 5599, "16"},                   // Mastercard
	{5600, 6999, "13 14 15 16 17 18 19"}, // Maestro, Discover, UnionPay
}

func isIssued(digits string) bool {
	prefix, err := strconv.Atoi(digits[:4])
	if err != nil {
		return false
	}
	for _, b := range brands {
		if prefix >= b.first && prefix <= b.last && strings.Contains(b.lengths, strconv.Itoa(len(digits))) {
			return true
		}
	}
	return false
}

// luhn checks the last digit (ISO/IEC 7812-1, annex B).
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
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
