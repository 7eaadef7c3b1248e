package iso20022

import (
	"errors"
	"fmt"
)

const (
	lineMax        = 70 // characters of a line of an address (Max70Text)
	buildingMax    = 16 // characters of a building's number (Max16Text)
	postCodeMax    = 16 // characters of a post code (Max16Text)
	townMax        = 35 // characters of a town or of a state (Max35Text)
	linesMax       = 7  // lines of an address in the schema
	hybridLinesMax = 2  // lines beside structured elements
)

// Faults of a postal address.
var (
	// ErrAddressTown is returned when an address has no town in its own element.
	ErrAddressTown = errors.New("address has no town")
	// ErrAddressCountry is returned when an address has no country of ISO 3166-1 in its own element.
	ErrAddressCountry = errors.New("address has no country")
	// ErrAddressLines is returned when an address has more than two free lines.
	ErrAddressLines = errors.New("address has more than two free lines")
)

// CheckAddress checks that an address is structured or hybrid, as cross-border payments need it (CBPR+ from November 2026:
// wholly free addresses end): town and country in their own elements, at most two free lines of 70 characters, Swift X
// characters throughout, and nothing that does not fit its element. It returns every fault joined.
func CheckAddress(a Address) error {
	var faults []error
	if trim(a.Town) == "" {
		faults = append(faults, ErrAddressTown)
	}
	if !isCountry(a.Country) {
		faults = append(faults, fmt.Errorf("%.20q: %w", a.Country, ErrAddressCountry))
	}
	if len(a.Lines) > hybridLinesMax {
		faults = append(faults, ErrAddressLines)
	}
	for _, part := range []struct {
		name, text string
		most       int
	}{
		{"street", a.Street, lineMax},
		{"building", a.Building, buildingMax},
		{"post code", a.PostCode, postCodeMax},
		{"town", a.Town, townMax},
		{"subdivision", a.Subdivision, townMax},
	} {
		faults = appendFault(faults, part.name, checkSwift(part.most, part.text))
	}
	for _, line := range a.Lines {
		faults = appendFault(faults, "line", checkLine(lineMax, line))
	}
	return errors.Join(faults...)
}
