package payment

// Close notes why no further attempt is made.
func (p Payment) Close(r Reason) Payment {
	p.Closed = r
	return p
}

// closeIfOver closes the payment in the same step that freed its last attempt, unless another attempt may follow.
func (p Payment) closeIfOver(a Attempt) Payment {
	if !a.Outcome.Free() || p.Closed != "" {
		return p
	}
	switch {
	case p.Switch != nil:
		return p.switched()
	case p.CancelRequested, a.Outcome == Voided:
		p.Closed = CanceledByMerchant
	case a.Outcome == Canceled:
		p.Closed = PaymentExpired
	case a.Outcome == Lapsed:
		p.Closed = AuthorizationLapsed
	case !p.mayFollow(a):
		p.Closed = a.Reason
		if a.Turned() {
			p.Closed = ChannelUnavailable
		}
		if p.Closed == "" {
			p.Closed = GenericDecline
		}
	}
	return p
}

// mayFollow is the failover policy: not sent and fenced move on; a hard decline never does; a soft one moves on once,
// when the merchant allows it.
func (p Payment) mayFollow(a Attempt) bool {
	if p.spent() || a.transited() { // what a bank accepted and then rejected has been given back
		return false
	}
	if a.Outcome == NotSent || a.Outcome == Fenced {
		return true
	}
	switch a.Reason.Meaning().Retry {
	case RetryElsewhere:
		return true
	case RetrySoft:
		soft := 0
		for _, earlier := range p.Tried() {
			if earlier.Outcome == Declined && earlier.Reason.Meaning().Retry == RetrySoft {
				soft++
			}
		}
		return p.Order.SoftFailover && soft <= 1
	}
	return false
}
