package card

import (
	"errors"

	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/line"
)

var (
	// errDuplicate is returned when a refusal answers a copy of our own request: the first may have been carried out.
	errDuplicate = errors.New("provider speaks of a duplicate")
	// errCode is returned when a decline has a code that cannot be one.
	errCode = errors.New("decline has an unreadable code")
)

// declines are the decline codes of the protocol.
var declines = map[string]payment.Reason{
	"do_not_honor":            payment.DoNotHonor,
	"issuer_unavailable":      payment.IssuerUnavailable,
	"channel_error":           payment.ChannelError,
	"insufficient_funds":      payment.InsufficientFunds,
	"limit_exceeded":          payment.LimitExceeded,
	"lost_card":               payment.LostCard,
	"stolen_card":             payment.StolenCard,
	"suspected_fraud":         payment.SuspectedFraud,
	"expired_card":            payment.ExpiredCard,
	"incorrect_cvc":           payment.IncorrectCVC,
	"invalid_card":            payment.InvalidCard,
	"authentication_required": payment.AuthRequired,
	"authentication_failed":   payment.AuthFailed,
	"currency_not_supported":  payment.CurrencyNotSupported,
	"merchant_not_enabled":    payment.MerchantNotEnabled,
}

// declineReason maps a decline by its code, never by its message. A code beyond the table is a generic decline, which is
// final.
func declineReason(code string) (payment.Reason, error) {
	switch {
	case code != "" && !line.IsCode(code):
		return "", errCode
	case line.SpeaksOfDuplicate(code):
		return "", errDuplicate
	}
	if reason, ok := declines[code]; ok {
		return reason, nil
	}
	return payment.GenericDecline, nil
}
