package banklink

import (
	"strings"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/iso20022"
)

const remittanceMax = 140 // characters of a line

// Remittance tells the beneficiary what a payout is for: the merchant's reference, in its own place when it is a creditor
// reference. One that banks cannot print is replaced by ours.
func Remittance(p payment.Payment, reference string) iso20022.Remittance {
	text := strings.Trim(p.Order.Reference, " ")
	switch {
	case iso20022.CheckRF(text) == nil:
		return iso20022.Remittance{References: []iso20022.Reference{iso20022.CreditorReference(text)}}
	case text == "" || len(text) > remittanceMax || iso20022.CheckX(text) != nil:
		text = reference
	}
	return iso20022.Remittance{Lines: []string{text}}
}
