package iso20022

import (
	"errors"
	"fmt"
	"regexp"
)

// Faults of a business identifier code (ISO 9362).
var (
	// ErrBICForm is returned when a BIC is not of 8 or 11 characters: four capitals or digits of the party, two capitals of
	// the country, two capitals or digits of the location, and perhaps three of the branch.
	ErrBICForm = errors.New("a BIC has 8 or 11 capitals and digits, the fifth and sixth its country")
	// ErrBICCountry is returned when the fifth and sixth character are no country.
	ErrBICCountry = errors.New("BIC has no country")
)

var bicGrammar = regexp.MustCompile(`^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$`)

// CheckBIC checks the form and country of a business identifier code by ISO 9362. It does not know whether the code is in
// use. It returns ErrBICForm or ErrBICCountry.
func CheckBIC(s string) error {
	switch {
	case !bicGrammar.MatchString(s):
		return fmt.Errorf("%.20q: %w", s, ErrBICForm)
	case !isCountry(s[4:6]):
		return fmt.Errorf("%q: %w", s, ErrBICCountry)
	}
	return nil
}

// SameBIC reports whether two codes mean the same office: "XXX" is the head office, which eight characters mean too.
func SameBIC(a, b string) bool { return headOffice(a) == headOffice(b) }

func headOffice(bic string) string {
	if len(bic) == 8 {
		return bic + "XXX"
	}
	return bic
}
