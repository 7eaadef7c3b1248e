package acquirer

// verdict is what the issuer of a card says.
type verdict struct {
	status Status // Approved, Declined, Challenge or Pending
	code   string // of a decline
}

var (
	approval    = verdict{status: Approved}
	invalidCard = decline("invalid_card")
)

func decline(code string) verdict { return verdict{status: Declined, code: code} }

// cards are the test cards, by token and by the number everyone knows. Every decline code of the protocol can be had.
var cards = map[string]verdict{
	"tok_visa":               approval,
	"tok_disputed":           approval,
	"tok_declined":           decline("do_not_honor"),
	"tok_insufficient_funds": decline("insufficient_funds"),
	"tok_lost":               decline("lost_card"),
	"tok_stolen":             decline("stolen_card"),
	"tok_expired":            decline("expired_card"),
	"tok_bad_cvc":            decline("incorrect_cvc"),
	"tok_processing_error":   decline("channel_error"),
	"tok_challenge":          {status: Challenge},
	"tok_pending":            {status: Pending},

	"tok_issuer_unavailable":      decline("issuer_unavailable"),
	"tok_limit_exceeded":          decline("limit_exceeded"),
	"tok_suspected_fraud":         decline("suspected_fraud"),
	"tok_invalid":                 invalidCard,
	"tok_authentication_required": decline("authentication_required"),
	"tok_authentication_failed":   decline("authentication_failed"),
	"tok_currency_not_supported":  decline("currency_not_supported"),
	"tok_merchant_not_enabled":    decline("merchant_not_enabled"),

	"4242424242424242": approval,
	"4000000000000259": approval,
	"4000000000000002": decline("do_not_honor"),
	"4000000000009995": decline("insufficient_funds"),
	"4000000000009987": decline("lost_card"),
	"4000000000009979": decline("stolen_card"),
	"4000000000000069": decline("expired_card"),
	"4000000000000127": decline("incorrect_cvc"),
	"4000000000000119": decline("channel_error"),
	"4000002500003155": {status: Challenge},
}

// messages explain the decline codes as an acquirer would.
var messages = map[string]string{
	"do_not_honor":            "The issuer refused without a reason.",
	"issuer_unavailable":      "The issuer could not be reached.",
	"channel_error":           "The acquirer could not process the charge.",
	"insufficient_funds":      "The card has not enough funds.",
	"limit_exceeded":          "The charge exceeds a limit of the card.",
	"lost_card":               "The card was reported lost.",
	"stolen_card":             "The card was reported stolen.",
	"suspected_fraud":         "The issuer suspects fraud.",
	"expired_card":            "The card has expired.",
	"incorrect_cvc":           "The card verification code is wrong.",
	"invalid_card":            "There is no such card.",
	"authentication_required": "The issuer wants the payer to authenticate.",
	"authentication_failed":   "The payer did not authenticate.",
	"currency_not_supported":  "The acquirer does not take this currency.",
	"merchant_not_enabled":    "The merchant is not enabled at this acquirer.",
}

// judge asks the issuer of the card. An unknown card is an invalid one.
func judge(token string) verdict {
	if v, ok := cards[token]; ok {
		return v
	}
	return invalidCard
}
