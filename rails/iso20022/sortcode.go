package iso20022

import (
	"errors"
	"fmt"
)

// Faults of an account in the United Kingdom.
var (
	// ErrSortCode is returned when a sort code does not have six digits, or has nothing but zeros.
	ErrSortCode = errors.New("a sort code has six digits")
	// ErrUKAccount is returned when an account number does not have eight digits. Shorter ones are filled with zeros in
	// front by their bank, and never by us.
	ErrUKAccount = errors.New("a UK account number has eight digits")
)

// CheckUKAccount checks the form of a sort code and an account number, as Pay.UK describes them, both without hyphens. The
// check digits differ between banks and are not checked. It returns every fault joined.
func CheckUKAccount(sortCode, account string) error {
	var faults []error
	if len(sortCode) != 6 || !digits(sortCode) || sortCode == "000000" {
		faults = append(faults, fmt.Errorf("%.20q: %w", sortCode, ErrSortCode))
	}
	if len(account) != 8 || !digits(account) {
		faults = append(faults, fmt.Errorf("%.20q: %w", account, ErrUKAccount))
	}
	return errors.Join(faults...)
}
