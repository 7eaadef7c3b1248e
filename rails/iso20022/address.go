package iso20022

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

const (
	lineMax        = 70 // characters of a line of an address (Max70Text)
	linesMax       = 7  // lines of an address in the schema
	hybridLinesMax = 2  // lines beside structured elements
)

// Faults of a postal address.
var (
	// ErrAddressTown is returned when an address has no town in its own element.
	ErrAddressTown = errors.New("address has no town")
	// ErrAddressCountry is returned when an address has no country of ISO 3166-1 in its own element.
	ErrAddressCountry = errors.New("address has no country")
	// ErrAddressLines is returned when an address has more than two free lines, or one of more than 70 characters.
	ErrAddressLines = errors.New("address has more than two free lines of 70 characters")
)

// CheckAddress checks that an address is structured or hybrid, as cross-border payments need it (CBPR+ from November 2026:
// wholly free addresses end): town and country in their own elements, at most two free lines of 70 characters, Swift X
// characters throughout. It returns every fault joined.
func CheckAddress(a Address) error {
	var faults []error
	if trim(a.Town) == "" {
		faults = append(faults, ErrAddressTown)
	}
	if !isCountry(a.Country) {
		faults = append(faults, fmt.Errorf("%.20q: %w", a.Country, ErrAddressCountry))
	}
	long := len(a.Lines) > hybridLinesMax
	for _, line := range a.Lines {
		long = long || utf8.RuneCountInString(line) > lineMax
	}
	if long {
		faults = append(faults, ErrAddressLines)
	}
	for _, s := range append([]string{a.Street, a.Building, a.PostCode, a.Town, a.Subdivision}, a.Lines...) {
		if err := CheckX(s); err != nil {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}
