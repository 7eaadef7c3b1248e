// Package breaker decides whether a channel may be given more work, from how
// its last calls went, from what an operator said, and from what the other
// gateways of the fleet see.
//
// A channel has one breaker. It judges the calls that move money, all of them
// together, so a channel whose refunds fail gets no charges either: the same
// provider answers both, and refunds are too few to be judged by themselves.
// What finds out and releases passes it, and has only slots:
//
//	kind of call                           asked with            refused when
//	submit: charge, capture, refund        [Board.Allow]         a flag stands, the breaker is open, the submit slots are full
//	resolve: inquiry, cancel, void         [Board.AllowResolve]  the resolve slots are full
//
// Submits move money and may hang; the inquiries that find out what became of
// them have slots of their own and pass an open breaker, so hung submits never
// starve them.
//
// # States
//
// What stands in front wins: first the operator's flag, then the channel's own
// breaker, then the advice of the fleet.
//
//	status       submits                                 entered when                              left when
//	closed       all                                     -                                         too many calls failed or were slow in the window
//	open         none                                    the above, a bad probe, a bad trial; or   OpenFor has passed, or the fleet recovers
//	                                                     most gateways of the fleet see trouble
//	half_open    none until a probe was good, then at    OpenFor has passed                        the probe and HalfOpenMax more trials were good
//	             most HalfOpenMax safe low-value trials                                            (closed), or one was bad (open)
//	forced_open  none                                    an operator said so                       its end, or an operator says closed
//	draining     none, what is in flight finishes        an operator said so                       its end, or an operator says closed
//	maintenance  none                                    its window begins                         its window ends
//
// A probe is a status call that cannot move money. Half-open begins with one.
// A trial that no payment takes within OpenFor is made by another probe, so a
// channel whose payments are all large, or which has neither fence nor replay,
// recovers as well.
//
// # The pulse
//
// Where payers send the money by themselves nobody calls the channel, and no
// call can fail. Such a channel is probed at each [Settings.ProbeEvery], whatever
// its breaker says, and each gateway does so for itself. After three bad probes
// in a row the channel is unwell ([State.Unwell]), until two in a row were good:
// payers are not to be sent to it ([State.ForPayers]). Nothing else heeds the
// pulse: payouts, refunds and captures make calls, and by these the breaker
// judges. The probes count for nothing in its window, so that they neither open
// it nor hide payouts that fail; one that is a trial as well is a bad one only
// when the channel did not answer it, and not for [ErrUnseen].
//
// # Verdicts
//
// Only what the channel is to blame for counts: a decline is a healthy answer,
// a client that hung up says nothing. A slow call counts as a failure here,
// while its real result stays with the caller.
//
// # Fleet
//
// With a [Fleet] each gateway publishes which of its breakers are not closed
// and the flags that it knows, and reads those of the others, in the
// background. When at least two gateways, and more than half of those living,
// have a channel's breaker open or on trial, the others keep away from it as
// well. Advice never closes a breaker, and no admission ever waits for the
// network: while Redis is away each gateway goes by its own state.
//
// The package reads the clock of the process, as gobreaker does inside: one
// state machine must not run on two clocks.
package breaker
