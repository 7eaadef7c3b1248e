package iso20022

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrCharset is returned when a text has a character beyond the Swift X set.
var ErrCharset = errors.New("character beyond the Swift X set")

const charactersNamedMax = 10 // characters that one error names

// CheckX checks that a text has only characters of the Swift X set: letters and digits without accents, blank, and
// / - ? : ( ) . , ' +. An underscore is none of them. It returns ErrCharset naming each other character once.
//
// Nothing is transliterated here: a name that was changed on the way is a name that screening, and the bank of the
// creditor, compare wrongly. Whoever knows the payer asks for another spelling.
func CheckX(s string) error {
	var foreign []string
	for _, r := range s {
		name := fmt.Sprintf("%q", r)
		if !inX(r) && !slices.Contains(foreign, name) && len(foreign) < charactersNamedMax {
			foreign = append(foreign, name)
		}
	}
	if len(foreign) > 0 {
		return fmt.Errorf("%w: %s", ErrCharset, strings.Join(foreign, " "))
	}
	return nil
}

func inX(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(" /-?:().,'+", r)
}
