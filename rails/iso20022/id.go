package iso20022

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Faults of identifiers.
var (
	// ErrIDLength is returned when an identifier is empty or has more than 35 characters.
	ErrIDLength = errors.New("an identifier has 1 to 35 characters")
	// ErrIDSlash is returned when an identifier begins or ends with a slash, or has two in a row.
	ErrIDSlash = errors.New("an identifier has no slash at its ends and no two in a row")
	// ErrUETR is returned when a text is not a UUID of version 4 in small letters.
	ErrUETR = errors.New("a UETR is a UUID of version 4 in small letters")
)

// CheckID checks an identifier that we give to a message, instruction or transaction: at most 35 characters (Max35Text of
// ISO 20022) of the Swift X set, slashes as the European Payments Council and Swift allow them. A bare ULID is one; a
// prefix with an underscore makes it none. It returns ErrIDLength, ErrCharset and ErrIDSlash, joined.
func CheckID(s string) error {
	var faults []error
	if s == "" || len(s) > referenceMax {
		faults = append(faults, fmt.Errorf("%.40q: %w", s, ErrIDLength))
	}
	if err := CheckX(s); err != nil {
		faults = append(faults, err)
	}
	if strings.HasPrefix(s, "/") || strings.HasSuffix(s, "/") || strings.Contains(s, "//") {
		faults = append(faults, fmt.Errorf("%.40q: %w", s, ErrIDSlash))
	}
	return errors.Join(faults...)
}

var uetrGrammar = regexp.MustCompile(`^[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}$`)

// CheckUETR checks a unique end-to-end transaction reference (UUIDv4Identifier of ISO 20022, RFC 9562). It returns ErrUETR.
func CheckUETR(s string) error {
	if !uetrGrammar.MatchString(s) {
		return fmt.Errorf("%.40q: %w", s, ErrUETR)
	}
	return nil
}
