package iso20022

import (
	"errors"
	"fmt"
	"regexp"
)

// ErrLEI is returned when a legal entity identifier does not have 18 capitals and digits and two check digits that fit.
var ErrLEI = errors.New("not a legal entity identifier")

var leiGrammar = regexp.MustCompile(`^[A-Z0-9]{18}[0-9]{2}$`)

// CheckLEI checks a legal entity identifier by ISO 17442, with the check digits of ISO 7064 MOD 97-10. It returns ErrLEI.
func CheckLEI(s string) error {
	if !leiGrammar.MatchString(s) || mod97(s) != 1 {
		return fmt.Errorf("%.40q: %w", s, ErrLEI)
	}
	return nil
}
