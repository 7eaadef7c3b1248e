package iso20022

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Faults of a creditor reference (ISO 11649).
var (
	// ErrRFForm is returned when a reference does not begin with RF and two digits, or has no more than that, or more
	// than 25 characters, or anything but capitals and digits.
	ErrRFForm = errors.New("an RF reference is RF, two digits, and 1 to 21 capitals and digits")
	// ErrRFChecksum is returned when the check digits do not fit the rest, as after a typing error.
	ErrRFChecksum = errors.New("RF reference has wrong check digits")
)

const rfMax = 25 // characters of a reference

// NewRF makes the creditor reference of a number, by ISO 11649: 539007547034 becomes "RF18539007547034". It has at most
// 24 characters.
func NewRF(number uint64) string {
	body := strconv.FormatUint(number, 10)
	check := 98 - mod97(body+"RF00")
	return fmt.Sprintf("RF%02d%s", check, body)
}

// CheckRF checks a creditor reference by ISO 11649, with the check digits of ISO 7064 MOD 97-10. It returns ErrRFForm or
// ErrRFChecksum.
func CheckRF(s string) error {
	switch {
	case len(s) < len("RF000") || len(s) > rfMax || s[:2] != "RF" || !digits(s[2:4]) || !alphanumeric(s):
		return fmt.Errorf("%.40q: %w", s, ErrRFForm)
	case !checkDigits(s):
		return fmt.Errorf("%q: %w", s, ErrRFChecksum)
	}
	return nil
}

// RFNumber returns the number that NewRF made s of. It returns what CheckRF does, and ErrRFForm when s has letters or a
// number beyond 64 bits. Payers write references in groups, and with zeros in front: blanks and those are passed over.
func RFNumber(s string) (uint64, error) {
	compact := strings.ToUpper(strings.ReplaceAll(s, " ", ""))
	if err := CheckRF(compact); err != nil {
		return 0, err
	}
	number, err := strconv.ParseUint(compact[4:], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q: %w: not of a number", compact, ErrRFForm)
	}
	return number, nil
}
