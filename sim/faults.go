package sim

import "errors"

// Fault is a kind of thing that goes wrong.
type Fault string

// The kinds of fault. Each is counted, and a run in which one of them never happened proves nothing about it.
const (
	DialFails       Fault = "connection never made"
	RequestLost     Fault = "request lost on the way"
	RequestLate     Fault = "request arrives up to an hour late"
	AnswerLost      Fault = "answer lost on the way back"
	Reset           Fault = "connection reset after the request was carried out"
	ServerFails     Fault = "5xx, and nothing was done"
	ServerFailsDone Fault = "5xx, and it was done"
	Garbage         Fault = "answer that cannot be read"
	WrongEcho       Fault = "answer about another amount"
	Slow            Fault = "slow answer"
	TurnedAway      Fault = "rate limited, documented as not processed"
	HardDecline     Fault = "hard decline"
	SoftDecline     Fault = "soft decline"
	Undecided       Fault = "pending, decided later"
	Challenged      Fault = "payer challenged"
	ChannelDown     Fault = "channel down"
	ProbeFails      Fault = "probe of a channel that is down"
	InquiryFails    Fault = "inquiry without an answer"
	InquiryBlind    Fault = "inquiry before the charge can be seen"
	CancelLost      Fault = "cancel lost on the way"
	CancelAnswer    Fault = "cancel done, answer lost"

	CallbackTwice Fault = "callback told twice"
	CallbackLate  Fault = "callback up to an hour late, and behind newer ones"

	PaidShort     Fault = "payer sends less than is due"
	PaidOver      Fault = "payer sends more than is due"
	PaidTwice     Fault = "payer pays twice"
	PaidLate      Fault = "payer pays after the time for it"
	PaidNowhere   Fault = "payer gives a reference that nobody knows"
	PaidNothing   Fault = "payer never pays"
	PaidStrange   Fault = "payer sends another coin"
	MailboxTwice  Fault = "bank tells of a movement twice"
	MailboxFails  Fault = "mailbox without an answer"
	CreditTaken   Fault = "bank takes a credit back"
	PayoutRefused Fault = "bank refuses a payout"
	PayoutBounced Fault = "bank gives a payout back that it had debited"
	PayoutReturns Fault = "payout comes back after it was paid"
	PayoutBilled  Fault = "bank on the way bills us"
	ReportStale   Fault = "report about a payout out of order"

	NodeBehind   Fault = "node behind its chain"
	NodeFails    Fault = "node without an answer"
	BlockDropped Fault = "block replaced by another"
	TransferGone Fault = "transfer that no block holds any more"
	TransferLost Fault = "node forgets a payout that waits"

	CommitLost   Fault = "commit lost on its way to the database"
	CommitUnsaid Fault = "commit made, its answer lost"
	DatabaseAway Fault = "database out of reach for a while"

	QuoteReused   Fault = "quote accepted a second time"
	QuoteExpired  Fault = "quote accepted after its time"
	KeyReused     Fault = "key used for another request"
	Killed        Fault = "gateway killed"
	KilledMidway  Fault = "gateway killed between two steps"
	Frozen        Fault = "gateway stopped for longer than a lease"
	FrozenMidway  Fault = "gateway stopped between two steps"
	AnswerUnheard Fault = "gateway's answer lost on the way to its client"
	KeyRepeated   Fault = "client repeats its key at another gateway"
)

// Promises that peers break. They are no faults that the engine has to be right under as if nothing had been: each is held
// against what is promised for it.
const (
	FenceBroken Fault = "PROMISE BROKEN: charged after a confirmed cancel"
)

// Faults lists every kind of fault.
func Faults() []Fault {
	return []Fault{
		DialFails, RequestLost, RequestLate, AnswerLost, Reset, ServerFails, ServerFailsDone, Garbage, WrongEcho, Slow,
		TurnedAway, HardDecline, SoftDecline, Undecided, Challenged, ChannelDown, ProbeFails, InquiryFails, InquiryBlind,
		CancelLost, CancelAnswer, CallbackTwice, CallbackLate, PaidShort, PaidOver, PaidTwice, PaidLate, PaidNowhere,
		PaidNothing, PaidStrange, MailboxTwice, MailboxFails, CreditTaken, PayoutRefused, PayoutBounced, PayoutReturns,
		PayoutBilled, ReportStale, NodeBehind, NodeFails, BlockDropped, TransferGone, TransferLost, CommitLost,
		CommitUnsaid, DatabaseAway, QuoteReused, QuoteExpired, KeyReused, Killed, KilledMidway, Frozen, FrozenMidway,
		AnswerUnheard, KeyRepeated, FenceBroken,
	}
}

// Why a peer does not answer.
var (
	errDial       = errors.New("connection refused")
	errTurnedAway = errors.New("status 429, not processed")
	errReset      = errors.New("connection reset by peer")
	errServer     = errors.New("status 503")
	errGarbage    = errors.New("answer cannot be read")
)
