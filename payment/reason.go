package payment

// Reason is the code of why an attempt, operation or payment ended or waits. The set is closed: what a channel says
// beyond it becomes GenericDecline, which is final and counted.
type Reason string

// The reasons. Which cause and retry each has stands in the table below.
const (
	NotReached           Reason = "not_sent"
	NoAnswer             Reason = "no_answer"
	EchoMismatch         Reason = "echo_mismatch"
	InsufficientFunds    Reason = "insufficient_funds"
	LimitExceeded        Reason = "limit_exceeded"
	ChannelUnavailable   Reason = "channel_unavailable"
	ChannelClosed        Reason = "channel_closed"
	ChannelError         Reason = "channel_error"
	ChannelMisconfigured Reason = "channel_misconfigured"
	RateLimited          Reason = "rate_limited"
	CurrencyNotSupported Reason = "currency_not_supported"
	MerchantNotEnabled   Reason = "merchant_not_enabled"
	AuthRequired         Reason = "authentication_required"
	AuthFailed           Reason = "authentication_failed"
	IssuerUnavailable    Reason = "issuer_unavailable"
	AwaitingChannel      Reason = "awaiting_channel"
	QuoteExpired         Reason = "quote_expired"
	PaymentExpired       Reason = "payment_expired"
	AuthorizationLapsed  Reason = "authorization_lapsed"
	ExpiredCard          Reason = "expired_card"
	IncorrectCVC         Reason = "incorrect_cvc"
	InvalidCard          Reason = "invalid_card"
	AmountExceeds        Reason = "amount_exceeds"
	DoNotHonor           Reason = "do_not_honor"
	LostCard             Reason = "lost_card"
	StolenCard           Reason = "stolen_card"
	SuspectedFraud       Reason = "suspected_fraud"
	GenericDecline       Reason = "generic_decline"
	CanceledByMerchant   Reason = "canceled_by_merchant"
	FencedByUs           Reason = "canceled_while_unknown"
	LadderExhausted      Reason = "inquiries_exhausted"

	// Of push rails.
	AwaitingPayer         Reason = "awaiting_payer"
	AwaitingConfirmations Reason = "awaiting_confirmations"
	Underpaid             Reason = "underpaid"
	Reorganised           Reason = "reorganised"
	AwaitingRate          Reason = "awaiting_rate"

	// Of payouts.
	InvalidAccount   Reason = "invalid_account"
	AccountClosed    Reason = "account_closed"
	RegulatoryReason Reason = "regulatory_reason"
	OutOfFunds       Reason = "channel_out_of_funds"
	InTransfer       Reason = "in_transfer"
	LateSuccess      Reason = "late_success"
	NotAdmitted      Reason = "not_admitted"
	Halted           Reason = "halted"
	Uncovered        Reason = "uncovered"
)

// Cause groups reasons by what a person can do about them. Every failure a payer can see has exactly one.
type Cause string

// The six causes of a failed payment, and the three beyond them.
const (
	CauseNetwork     Cause = "network"
	CauseBalance     Cause = "balance"
	CauseChannel     Cause = "channel"
	CauseIdentity    Cause = "identity"
	CauseInstitution Cause = "institution"
	CauseClient      Cause = "client"
	CauseRequest     Cause = "request"
	CauseDeclined    Cause = "declined"
	CauseInternal    Cause = "internal"
)

// Blame says whose doing a failure is. Only failures a channel is to blame for count against it in routing.
type Blame string

// Who can be to blame.
const (
	BlamePayer    Blame = "payer"
	BlameIssuer   Blame = "issuer"
	BlameChannel  Blame = "channel"
	BlameNetwork  Blame = "network"
	BlameMerchant Blame = "merchant"
	BlameUs       Blame = "gateway"
)

// Retry says what may follow a failure.
type Retry string

// What may follow.
const (
	RetryNever     Retry = "never"          // this instrument is finished; never elsewhere
	RetryElsewhere Retry = "next_channel"   // the engine moves on by itself
	RetrySoft      Retry = "once_elsewhere" // the engine moves on once, when the merchant allows it
	RetryOther     Retry = "other_method"   // the payer should choose another way to pay
	RetryLater     Retry = "later"          // the same payment may be made again later
	RetryWait      Retry = "wait"           // nothing to do but wait; do not pay again
)

// Meaning is what a reason implies.
type Meaning struct {
	Cause  Cause
	Blame  Blame
	Retry  Retry
	Public Reason // what the payer is told instead, where the truth would help a thief; empty: the reason itself
}

var meanings = map[Reason]Meaning{
	NotReached:           {CauseNetwork, BlameNetwork, RetryElsewhere, ""},
	NoAnswer:             {CauseNetwork, BlameChannel, RetryWait, ""},
	EchoMismatch:         {CauseNetwork, BlameChannel, RetryWait, NoAnswer},
	InsufficientFunds:    {CauseBalance, BlamePayer, RetryOther, ""},
	LimitExceeded:        {CauseBalance, BlamePayer, RetryOther, ""},
	ChannelUnavailable:   {CauseChannel, BlameChannel, RetryLater, ""},
	ChannelClosed:        {CauseChannel, BlameChannel, RetryElsewhere, ChannelUnavailable},
	ChannelError:         {CauseChannel, BlameChannel, RetrySoft, ChannelUnavailable},
	ChannelMisconfigured: {CauseChannel, BlameUs, RetryElsewhere, ChannelUnavailable},
	RateLimited:          {CauseChannel, BlameChannel, RetryElsewhere, ChannelUnavailable},
	CurrencyNotSupported: {CauseChannel, BlameUs, RetrySoft, ChannelUnavailable},
	MerchantNotEnabled:   {CauseChannel, BlameUs, RetrySoft, ChannelUnavailable},
	AuthRequired:         {CauseIdentity, BlamePayer, RetryNever, ""},
	AuthFailed:           {CauseIdentity, BlamePayer, RetryOther, ""},
	IssuerUnavailable:    {CauseInstitution, BlameIssuer, RetrySoft, ""},
	AwaitingChannel:      {CauseInstitution, BlameChannel, RetryWait, ""},
	QuoteExpired:         {CauseClient, BlamePayer, RetryLater, ""},
	PaymentExpired:       {CauseClient, BlamePayer, RetryLater, ""},
	AuthorizationLapsed:  {CauseClient, BlameMerchant, RetryLater, ""},
	ExpiredCard:          {CauseRequest, BlamePayer, RetryOther, ""},
	IncorrectCVC:         {CauseRequest, BlamePayer, RetryOther, ""},
	InvalidCard:          {CauseRequest, BlamePayer, RetryOther, ""},
	AmountExceeds:        {CauseRequest, BlameMerchant, RetryNever, ""},
	DoNotHonor:           {CauseDeclined, BlameIssuer, RetrySoft, ""},
	LostCard:             {CauseDeclined, BlameIssuer, RetryNever, GenericDecline},
	StolenCard:           {CauseDeclined, BlameIssuer, RetryNever, GenericDecline},
	SuspectedFraud:       {CauseDeclined, BlameIssuer, RetryNever, GenericDecline},
	GenericDecline:       {CauseDeclined, BlameIssuer, RetryNever, ""},
	CanceledByMerchant:   {CauseRequest, BlameMerchant, RetryNever, ""},
	FencedByUs:           {CauseNetwork, BlameChannel, RetryElsewhere, ""},
	LadderExhausted:      {CauseInternal, BlameUs, RetryWait, NoAnswer},

	AwaitingPayer:         {CauseClient, BlamePayer, RetryWait, ""},
	AwaitingConfirmations: {CauseInstitution, BlameNetwork, RetryWait, ""},
	Underpaid:             {CauseBalance, BlamePayer, RetryWait, ""},
	Reorganised:           {CauseNetwork, BlameNetwork, RetryWait, ""},
	AwaitingRate:          {CauseInternal, BlameUs, RetryWait, ""},
	InvalidAccount:        {CauseRequest, BlameMerchant, RetryOther, ""},
	AccountClosed:         {CauseRequest, BlameMerchant, RetryOther, ""},
	RegulatoryReason:      {CauseIdentity, BlameMerchant, RetryNever, ""},
	OutOfFunds:            {CauseChannel, BlameUs, RetryElsewhere, ChannelUnavailable},
	InTransfer:            {CauseInstitution, BlameChannel, RetryWait, ""},
	NotAdmitted:           {CauseChannel, BlameUs, RetryElsewhere, ChannelUnavailable},
	Halted:                {CauseInternal, BlameUs, RetryWait, ""},
	Uncovered:             {CauseBalance, BlameMerchant, RetryWait, ""},
	LateSuccess:           {CauseInternal, BlameChannel, RetryWait, NoAnswer},
}

// Reasons returns every reason with its meaning.
func Reasons() map[Reason]Meaning { return meanings }

// Meaning returns what r implies. A code outside the table means what GenericDecline means: final.
func (r Reason) Meaning() Meaning {
	m, ok := meanings[r]
	if !ok {
		return meanings[GenericDecline]
	}
	return m
}

// Known reports whether r is in the table.
func (r Reason) Known() bool { _, ok := meanings[r]; return ok }

// Public returns the code that the payer may see.
func (r Reason) Public() Reason {
	if public := r.Meaning().Public; public != "" {
		return public
	}
	return r
}
