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
	Reset           Fault = "connection reset after the charge"
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
	CallbackTwice   Fault = "callback told twice"
	Killed          Fault = "gateway killed"
	Frozen          Fault = "gateway stopped for longer than a claim"
	AnswerUnheard   Fault = "gateway's answer lost on the way to its client"
	KeyRepeated     Fault = "client repeats its key at another gateway"
)

// Why a channel does not answer.
var (
	errReset   = errors.New("connection reset by peer")
	errServer  = errors.New("status 503")
	errGarbage = errors.New("answer cannot be read")
)
