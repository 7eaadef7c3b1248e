package card

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/causeway-pay/causeway/payment"
)

var (
	codeGrammar = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,64}$`)
	idGrammar   = regexp.MustCompile(`^[A-Za-z0-9_.:/-]{1,128}$`)
)

func isCode(s string) bool { return codeGrammar.MatchString(s) }
func isID(s string) bool   { return idGrammar.MatchString(s) }

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
	case code != "" && !isCode(code):
		return "", errCode
	case speaksOfDuplicate(code):
		return "", errDuplicate
	}
	if reason, ok := declines[code]; ok {
		return reason, nil
	}
	return payment.GenericDecline, nil
}

// speaksOfDuplicate reports whether a code means, in any dialect, that the reference was seen before. "94" is that code of
// ISO 8583, which providers pass through.
func speaksOfDuplicate(code string) bool {
	lower := strings.ToLower(code)
	return code == "94" || slices.ContainsFunc([]string{"duplicate", "already", "conflict", "idempoten", "repeat"}, func(word string) bool {
		return strings.Contains(lower, word)
	})
}

// turnedAway are the reasons of the codes that the protocol documents as "before execution".
var turnedAway = map[string]payment.Reason{
	"invalid_request": payment.ChannelMisconfigured,
	"unauthorized":    payment.ChannelMisconfigured,
	"rate_limited":    payment.RateLimited,
	"channel_closed":  payment.ChannelClosed,
}

// beforeExecution reads the refusal of a request that the provider, as it documents, did not begin to carry out. The same
// code with a status other than 4xx proves nothing.
func (a *Acquirer) beforeExecution(r reply) (payment.Result, bool) {
	code := r.code()
	if r.status < 400 || r.status > 499 || !slices.Contains(a.config.PreExecutionCodes, code) {
		return payment.Result{}, false
	}
	reason, ok := turnedAway[code]
	if !ok {
		reason = payment.ChannelUnavailable
	}
	return payment.Result{Outcome: payment.NotSent, Reason: reason, ProviderCode: code}, true
}
