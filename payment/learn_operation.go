package payment

import "time"

// learnOfOperation believes no more of a capture, void, refund or reversal than its evidence carries. What was given up is done
// no more, and an orphan's reversal is never free: people have it instead.
func (p Payment) learnOfOperation(i int, n News) Payment {
	p = p.clone()
	o := p.Operations[i]
	if o.mined() {
		return p.learnOfMined(i, n)
	}
	a, _ := p.Attempt(o.Attempt)
	if n.Outcome == Done && !o.Releases() && !n.Amount.Equal(o.Amount) {
		n.Outcome, n.Reason = Unknown, EchoMismatch
	}
	if n.By != ByOperator && (o.Outcome.Free() || o.Late()) {
		return p.learnTooLate(i, n)
	}
	if n.absent(o.Overdue(), a.Capabilities) {
		n.Outcome, n.Reason = NotSent, NotReached
	}
	if n.By == ByOperator && n.Reason == "" && n.Outcome.Free() {
		n.Reason = usualReason[n.Outcome]
	}
	next := o.heard(n)
	p.Operations[i] = next
	if next.Outcome == o.Outcome {
		return p
	}
	if o.Late() {
		return p.settleLate(i, o, n)
	}
	switch {
	case next.Outcome == Done:
		return p.done(next, n.At)
	case next.Outcome.Free() && next.Kind == Refund:
		p.Settled = p.Settled.Add(p.release(next).settledWith)
	case next.Outcome.Free() && next.Held && (next.Reason == AmountExceeds || p.refunded(o.Attempt)):
		return p.beginReversal(a, News{Result: Result{Outcome: Captured, Amount: o.Amount}, At: n.At}) // it was captured meanwhile
	case next.Outcome.Free() && next.Kind == Reversal:
		p.Operations[i].Outcome = Review // money that is not ours may never simply stay
	case next.Outcome.Free() && (next.Kind == Capture || next.Kind == Void):
		p.Attempts[p.attemptIndex(o.Attempt)].CheckAt = n.At // the authorization is not what we think: ask
	}
	return p.stillWanted()
}

// learnTooLate takes in what is said of an operation that was given up. Its price was given back and it may have been
// asked for again, so that it is not done: its money is booked in suspense, and people decide. Of a void the
// authorization tells, and of a capture an attempt that already counts it.
func (p Payment) learnTooLate(i int, n News) Payment {
	o := &p.Operations[i]
	a := &p.Attempts[p.attemptIndex(o.Attempt)]
	switch {
	case n.Outcome != Done || n.By == ByCallback || o.Late():
	case o.Kind == Void:
		if a.Outcome == Authorized {
			a.CheckAt = n.At
		}
	case o.Kind == Capture && a.Captured.Add(o.Amount).Cmp(a.Amount) > 0:
	default:
		o.Outcome, o.Reason, o.ProviderID, o.CheckAt = Review, LateSuccess, n.ProviderID, time.Time{}
	}
	return p
}

// settleLate is what people decided of an operation that happened after it had been given up: that it stands, as far as
// there is anything left for it to stand on, or that its money went back to where it was.
func (p Payment) settleLate(i int, late Operation, n News) Payment {
	before := p.clone()
	before.Operations[i] = late
	o := &p.Operations[i]
	switch {
	case o.Outcome == Done && o.Kind == Refund && o.Amount.Cmp(p.principal(p.Received()).Sub(before.refundsWanted())) <= 0:
		o.Booking.FromAvailable, o.Booking.FromPending = o.Booking.Reserved(), o.Booking.FromPending.Asset().Zero()
		return p.done(*o, n.At)
	case o.Outcome == Done && o.Kind == Capture:
		if last, _ := before.Last(); last.ID == o.Attempt && o.Amount.Cmp(last.Capturable()) <= 0 {
			return p.done(*o, n.At)
		}
	case o.Outcome.Free():
		return p
	}
	return before
}

func (o Operation) heard(n News) Operation {
	if n.ProviderID != "" {
		o.ProviderID = n.ProviderID
	}
	if n.Reason != "" {
		o.Reason = n.Reason
		o.ProviderCode = n.ProviderCode
	}
	was := o.Outcome
	switch {
	case n.Outcome != was && o.Allows(n.Outcome):
		o.Outcome = n.Outcome
		o.CheckAt = time.Time{}
		if was == Review {
			o.Checks = 0 // people want it asked for again
		}
		switch o.Outcome {
		case Unknown:
			o.CheckAt = nextCheck(o.ID, 0, n.At)
		case Pending:
			o.CheckAt = nextCheck(o.ID, slowFrom, n.At)
		case Done:
			o.Reason, o.ProviderCode = "", ""
		}
	case n.By == ByCallback:
		o.CheckAt = n.At
	case o.Outcome == Unknown || o.Outcome == Pending:
		if n.By != ByAnswer {
			o.Checks = n.climb(o.Checks)
		}
		o.CheckAt = nextCheck(o.ID, o.Checks, n.At)
	}
	return o
}

// done applies an operation that happened to its attempt.
func (p Payment) done(o Operation, at time.Time) Payment {
	i := p.attemptIndex(o.Attempt)
	a := p.Attempts[i]
	switch o.Kind {
	case Capture:
		before := p.principal(a.Captured)
		a.Captured = a.Captured.Add(o.Amount)
		if o.repriced() {
			p.Operations[p.operationIndex(o.ID)].Booking.Paid = p.principal(a.Captured).Sub(before)
		}
		p.SettleAt = settleAt(at, p.Order.Terms.SettlementDays)
		if o.Final || a.Captured.Cmp(a.Amount) >= 0 {
			a.Outcome, a.CheckAt = Captured, time.Time{}
		}
	case Void:
		a.Outcome, a.Reason, a.CheckAt = Voided, CanceledByMerchant, time.Time{}
	}
	p.Attempts[i] = a
	return p.closeIfOver(a)
}
