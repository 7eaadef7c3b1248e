package banklink

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/causeway-pay/causeway/rails/iso20022"
)

// nameMax is how many characters of a name every bank on the way keeps.
const nameMax = 70

var (
	// ErrName is returned when a beneficiary has no name, one that is longer than banks keep, or one with blanks around it.
	ErrName = errors.New("a name has 1 to 70 characters, and no blanks at its ends")
	// ErrPurpose is returned when a purpose is no code of ISO 20022.
	ErrPurpose = errors.New("a purpose is a code of four capitals and digits")
)

// CheckName checks the name of a beneficiary. Nothing is transliterated: it would be screened and compared wrongly.
func CheckName(name string) error {
	if name == "" || len([]rune(name)) > nameMax || strings.TrimSpace(name) != name {
		return ErrName
	}
	return iso20022.CheckX(name)
}

var purposeGrammar = regexp.MustCompile(`^[A-Z0-9]{4}$`)

// CheckPurpose checks a purpose code, which may be left out.
func CheckPurpose(code string) error {
	if code != "" && !purposeGrammar.MatchString(code) {
		return fmt.Errorf("%.10q: %w", code, ErrPurpose)
	}
	return nil
}
