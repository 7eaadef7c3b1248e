package iso20022

import (
	"errors"
	"fmt"
	"strings"
)

// Faults of a routing number of the United States.
var (
	// ErrABAForm is returned when a routing number does not have nine digits.
	ErrABAForm = errors.New("a routing number has nine digits")
	// ErrABADistrict is returned when the first two digits belong to no Federal Reserve district, thrift or payment system.
	ErrABADistrict = errors.New("routing number begins with no district")
	// ErrABAChecksum is returned when the last digit does not fit the rest.
	ErrABAChecksum = errors.New("routing number has a wrong check digit")
)

// abaDistricts are the first two digits: 00 the government, 01 to 12 the districts of the Federal Reserve, 21 to 32 the
// same for thrifts, 61 to 72 for electronic transfers, 80 for travellers' cheques.
const abaDistricts = " 00 01 02 03 04 05 06 07 08 09 10 11 12 21 22 23 24 25 26 27 28 29 30 31 32 61 62 63 64 65 66 67 68 69 70 71 72 80 "

// CheckABA checks a routing transit number of the American Bankers Association (ANSI X9.9): nine digits which, multiplied
// by 3, 7, 1 in turn, add up to a multiple of ten. It returns every fault joined.
func CheckABA(s string) error {
	if len(s) != 9 || !digits(s) {
		return fmt.Errorf("%.20q: %w", s, ErrABAForm)
	}
	var faults []error
	if !strings.Contains(abaDistricts, " "+s[:2]+" ") {
		faults = append(faults, fmt.Errorf("%q: %w", s, ErrABADistrict))
	}
	total := 0
	for i, weight := range []int{3, 7, 1, 3, 7, 1, 3, 7, 1} {
		total += weight * int(s[i]-'0')
	}
	if total%10 != 0 || s == "000000000" {
		faults = append(faults, fmt.Errorf("%q: %w", s, ErrABAChecksum))
	}
	return errors.Join(faults...)
}
