package banklink

import (
	"regexp"
	"strings"

	"github.com/causeway-pay/causeway/rails/iso20022"
)

// PayTo is the creditor reference (ISO 11649) of an attempt's number, without blanks.
func PayTo(number int64) string { return iso20022.NewRF(uint64(number)) }

// mention finds what may be a reference of ours in a text: RF and digits, in groups or not. Ours have no letters.
var mention = regexp.MustCompile(`(?i)(^|[^A-Z0-9])(RF *[0-9]{2}( ?[0-9])+)`)

// payTo returns the one reference that a remittance names: where its place is, else in free text. Two different ones name
// none: whose money it is has to be asked.
func payTo(r iso20022.Remittance) string {
	found := map[string]bool{}
	for _, reference := range r.References {
		note(found, reference.Value)
	}
	if len(found) == 0 {
		for _, match := range mention.FindAllStringSubmatch(strings.Join(r.Lines, " "), -1) {
			mentioned(found, match[2])
		}
	}
	if len(found) != 1 {
		return ""
	}
	for only := range found {
		return only
	}
	return ""
}

// note adds a text that is a reference as a whole.
func note(found map[string]bool, text string) bool {
	number, err := iso20022.RFNumber(text)
	if err != nil {
		return false
	}
	found[iso20022.NewRF(number)] = true
	return true
}

// mentioned adds the reference that a run of digits begins with. Digits of something else may follow it, behind a blank.
func mentioned(found map[string]bool, run string) {
	for end := len(run); end > 0; end = strings.LastIndexByte(run[:end], ' ') {
		if note(found, run[:end]) {
			return
		}
	}
}
