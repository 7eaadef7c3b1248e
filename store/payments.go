package store

import (
	"context"

	"github.com/causeway-pay/causeway/payment"
)

// The columns of a payment that change with every step, those that change with its method or price, which is rare, and those
// that never do.
const (
	changingColumns = `status, captured dec, refunding dec, decisions, closed, cancel_requested int, switch, switches int, switched_after int, hold,
		approved_by, retry_at int, settled dec, settlements int, settle_at int, version int, sequence int, stamp, updated_at int, due_at int`
	priceColumns    = `method, asset, debit dec, quote_id, quote, expires_at int`
	constantColumns = `id, merchant, mode, direction, reference, "order", checkout, created_at int`
)

var (
	paymentTable  = newTable("payments", constantColumns+", "+priceColumns+", "+changingColumns)
	paymentChange = newTable("payments", "this, of int, "+changingColumns)
	priceChange   = newTable("payments", "this, "+priceColumns)
)

func changing(p payment.Payment, stamp string) []any {
	return []any{
		p.Status(), p.Received().Value(), p.Refunding().Value(), document(p.Decisions), p.Closed, flag(p.CancelRequested),
		document(p.Switch), p.Switches, p.SwitchedAfter, p.Hold, p.ApprovedBy,
		micros(p.RetryAt), p.Settled.Value(), p.Settlements, micros(p.SettleAt), p.Version, p.Sequence, stamp,
		micros(p.UpdatedAt), micros(p.Due()),
	}
}

func price(p payment.Payment) []any {
	return []any{
		document(p.Method), p.Debit().Asset().String(), p.Debit().Value(), p.Quote.ID, document(p.Quote), micros(p.ExpiresAt),
	}
}

// writePayments inserts new payments, and changes those that are still at the version that their step was computed from and
// whose refunds stay within their captures. From here on everything is sent before it is known who is refused.
func (tx *tx) writePayments(batch []*step) {
	var inserts, changes []any
	of := map[string]*step{}
	for _, s := range batch {
		s.wrote = true
		p := s.After
		if s.New() {
			inserts = append(inserts, p.ID, p.Merchant, p.Mode, p.Direction, p.Order.Reference, document(p.Order), p.Checkout, micros(p.CreatedAt))
			inserts = append(append(inserts, price(p)...), changing(p, s.stamp)...)
			continue
		}
		of[string(p.ID)] = s
		changes = append(append(changes, p.ID, s.Before.Version), changing(p, s.stamp)...)
	}
	tx.insert(paymentTable, inserts, quoteUsed)
	tx.updateOrRefuse(paymentChange, changes, `payments.id = v.this AND payments.version = v.of AND dec_cmp(v.refunding, v.captured) <= 0`, of)
	tx.writePrices(batch)
}

// writePrices changes the method or the price of those payments whose step does. Nothing guards it but what their versions did.
func (tx *tx) writePrices(batch []*step) {
	var changes []any
	for _, s := range batch {
		if !s.New() && s.Repriced() {
			changes = append(append(changes, s.After.ID), price(s.After)...)
		}
	}
	tx.update(priceChange, 1, changes, `payments.id = v.this`, func(_ map[string]bool, err error) error { return quoteUsed(err) })
}

func quoteUsed(err error) error {
	if violates(err, "payments_quote_id_key", "payments.quote_id") {
		return payment.ErrQuoteUsed
	}
	return err
}

var (
	attemptTable = newTable("attempts", `id, payment, no int, channel, number int, pay_to, instruction, uetr, progress, contradicted int, asset, amount dec,
		captured dec, cost dec, outcome, reason, provider_id, provider_code, challenge_url, expires_at int, capabilities, created_at int, deadline int,
		sent_at int, checks int, check_at int`)
	attemptChange = newTable("attempts", `this, of, amount dec, captured dec, outcome, reason, provider_id, provider_code, challenge_url, instruction,
		progress, contradicted int, expires_at int, sent_at int, checks int, check_at int`)
)

// writeAttempts changes attempts before it adds any: what becomes free makes room in one_live.
func (tx *tx) writeAttempts(batch []*step) {
	var inserts, changes []any
	of := map[string]*step{}
	for _, s := range batch {
		added, changed := s.Attempts()
		for _, a := range changed {
			of[a.ID] = s
			changes = append(changes, a.ID, s.After.ID, a.Amount.Value(), a.Captured.Value(), a.Outcome.String(), a.Reason, a.ProviderID, a.ProviderCode,
				a.ChallengeURL, document(a.Instruction), document(a.Progress), flag(a.Progress.Contradicts()), micros(a.ExpiresAt), micros(a.SentAt),
				a.Checks, micros(a.CheckAt))
		}
		for _, a := range added {
			inserts = append(inserts, a.ID, s.After.ID, a.No, a.Channel, a.Number, a.Instruction.PayTo, document(a.Instruction), a.UETR,
				document(a.Progress), flag(a.Progress.Contradicts()), a.Amount.Asset().String(), a.Amount.Value(), a.Captured.Value(), a.Cost.Value(),
				a.Outcome.String(), a.Reason, a.ProviderID, a.ProviderCode, a.ChallengeURL, micros(a.ExpiresAt), document(a.Capabilities),
				micros(a.CreatedAt), micros(a.Deadline), micros(a.SentAt), a.Checks, micros(a.CheckAt))
		}
	}
	tx.updateOrRefuse(attemptChange, changes, `attempts.id = v.this AND attempts.payment = v.of AND dec_cmp(v.captured, v.amount) <= 0`, of)
	tx.insert(attemptTable, inserts, func(err error) error {
		if violates(err, "one_live", "attempts.payment") {
			return payment.ErrLiveAttempt
		}
		return err
	})
}

var (
	operationTable = newTable("operations", `id, payment, no int, attempt, merchant, mode, kind, asset, amount dec, final int, held int, note, ours int,
		destination, outcome, reason, provider_id, provider_code, booking, created_at int, deadline int, sent_at int, checks int, check_at int`)
	operationChange = newTable("operations", `this, of, outcome, reason, provider_id, provider_code, booking, sent_at int, checks int, check_at int`)
)

func (tx *tx) writeOperations(batch []*step) {
	var inserts, changes []any
	of := map[string]*step{}
	for _, s := range batch {
		added, changed := s.Operations()
		for _, o := range changed {
			of[o.ID] = s
			changes = append(changes, o.ID, s.After.ID, o.Outcome.String(), o.Reason, o.ProviderID, o.ProviderCode, document(o.Booking),
				micros(o.SentAt), o.Checks, micros(o.CheckAt))
		}
		for i, o := range added {
			inserts = append(inserts, o.ID, s.After.ID, len(s.Before.Operations)+i+1, o.Attempt, s.After.Merchant, s.After.Mode, o.Kind,
				o.Amount.Asset().String(), o.Amount.Value(), flag(o.Final), flag(o.Held), o.Note, flag(o.Ours), o.Destination, o.Outcome.String(),
				o.Reason, o.ProviderID, o.ProviderCode, document(o.Booking), micros(o.CreatedAt), micros(o.Deadline), micros(o.SentAt), o.Checks,
				micros(o.CheckAt))
		}
	}
	tx.updateOrRefuse(operationChange, changes, `operations.id = v.this AND operations.payment = v.of`, of)
	tx.insert(operationTable, inserts, nil)
}

var outcomeTable = newTable("outcomes", "payment, version int, ref, was, became, at int")

// writeOutcomes keeps the history of every outcome that changed.
func (tx *tx) writeOutcomes(batch []*step) {
	var values []any
	for _, s := range batch {
		for _, c := range s.Changes() {
			values = append(values, s.After.ID, s.After.Version, c.Ref, c.Was, c.Became, micros(s.After.UpdatedAt))
		}
	}
	tx.insert(outcomeTable, values, nil)
}

const paymentSelect = `
	SELECT id, merchant, mode, direction, "order", checkout, method, quote, decisions, closed, cancel_requested, switch, switches,
		switched_after, hold, approved_by, retry_at, settled, settlements, settle_at, version, sequence, created_at, updated_at, expires_at
	FROM payments `

func scanPayment(scan func(...any) error) (payment.Payment, error) {
	var (
		p                                                        payment.Payment
		order, method, quote, decisions, change, settled         string
		cancel, retryAt, settleAt, createdAt, updatedAt, expires int64
	)
	err := scan(&p.ID, &p.Merchant, &p.Mode, &p.Direction, &order, &p.Checkout, &method, &quote, &decisions, &p.Closed, &cancel, &change,
		&p.Switches, &p.SwitchedAfter, &p.Hold, &p.ApprovedBy, &retryAt, &settled, &p.Settlements, &settleAt, &p.Version, &p.Sequence, &createdAt, &updatedAt, &expires)
	if err != nil {
		return p, err
	}
	var d decoder
	d.document("order", order, &p.Order)
	d.document("method", method, &p.Method)
	d.document("quote", quote, &p.Quote)
	d.document("switch", change, &p.Switch)
	d.document("decisions", decisions, &p.Decisions)
	if d.err == nil {
		p.Settled = d.amount("settled", settled, p.Quote.Target.Asset())
	}
	p.CancelRequested = cancel != 0
	p.RetryAt, p.SettleAt = fromMicros(retryAt), fromMicros(settleAt)
	p.CreatedAt, p.UpdatedAt, p.ExpiresAt = fromMicros(createdAt), fromMicros(updatedAt), fromMicros(expires)
	return p, d.err
}

// Payment loads a payment. It returns payment.ErrNotFound when there is none.
func (db *DB) Payment(ctx context.Context, id payment.ID) (payment.Payment, error) {
	ctx, cancel := context.WithTimeout(ctx, answerMax)
	defer cancel()
	var found loaded
	err := db.snapshot(ctx, func(tx *tx) error {
		tx.load(&found, `WHERE id = ?`, id)
		tx.loadChildren(&found, `= ?`, id)
		return tx.flush(ctx)
	})
	if err == nil && len(found.all) == 0 {
		err = payment.ErrNotFound
	}
	if err != nil {
		return payment.Payment{}, explain("payment "+string(id), err)
	}
	return found.all[0], nil
}

// payments loads the payments that a clause selects, whole and as they are at one moment.
func (db *DB) payments(ctx context.Context, where string, args ...any) ([]payment.Payment, error) {
	var all []payment.Payment
	err := db.snapshot(ctx, func(tx *tx) (err error) {
		all, err = tx.payments(ctx, where, args...)
		return err
	})
	return all, err
}

func (tx *tx) payments(ctx context.Context, where string, args ...any) ([]payment.Payment, error) {
	var found loaded
	tx.load(&found, where, args...)
	if err := tx.flush(ctx); err != nil || len(found.all) == 0 {
		return nil, err
	}
	ids := make([]any, len(found.all))
	for i, p := range found.all {
		ids[i] = p.ID
	}
	these, args := tx.among(ids)
	tx.loadChildren(&found, these, args...)
	return found.all, tx.flush(ctx)
}

// PaymentByCheckout finds the payment whose page opens with the secret of that hash. It returns payment.ErrNotFound when
// there is none.
func (db *DB) PaymentByCheckout(ctx context.Context, hash string) (payment.ID, error) {
	var id payment.ID
	err := db.queryRow(ctx, `SELECT id FROM payments WHERE checkout = ? AND checkout <> ''`, hash).Scan(&id)
	return id, explain("payment of a page", err)
}

// loaded is payments on their way from the database.
type loaded struct {
	all []payment.Payment
	at  map[payment.ID]int
}

func (l *loaded) payment(id payment.ID) *payment.Payment { return &l.all[l.at[id]] }

// load has flush read the payments that a clause selects, without what belongs to them.
func (tx *tx) load(into *loaded, where string, args ...any) {
	into.at = map[payment.ID]int{}
	tx.later(statement{text: paymentSelect + where, args: args, row: func(scan func(...any) error) error {
		p, err := scanPayment(scan)
		into.at[p.ID], into.all = len(into.all), append(into.all, p)
		return err
	}})
}

// loadChildren has flush read the attempts, operations and receipts of payments that are read before them.
func (tx *tx) loadChildren(into *loaded, these string, args ...any) {
	of := `WHERE payment ` + these + ` ORDER BY payment, no`
	tx.later(statement{text: attemptSelect + of, args: args, row: func(scan func(...any) error) error {
		id, a, err := scanAttempt(scan)
		if err == nil {
			p := into.payment(id)
			p.Attempts = append(p.Attempts, a)
		}
		return err
	}})
	tx.later(statement{text: operationSelect + of, args: args, row: func(scan func(...any) error) error {
		id, o, err := scanOperation(scan)
		if err == nil {
			p := into.payment(id)
			p.Operations = append(p.Operations, o)
		}
		return err
	}})
	tx.later(statement{text: receiptSelect + of, args: args, row: func(scan func(...any) error) error {
		id, r, err := scanReceipt(scan)
		if err == nil {
			p := into.payment(id)
			p.Receipts = append(p.Receipts, r)
		}
		return err
	}})
}

const attemptSelect = `
	SELECT payment, id, no, channel, number, instruction, uetr, progress, asset, amount, captured, cost, outcome, reason,
		provider_id, provider_code, challenge_url, expires_at, capabilities, created_at, deadline, sent_at, checks, check_at
	FROM attempts `

func scanAttempt(scan func(...any) error) (payment.ID, payment.Attempt, error) {
	var (
		id                                           payment.ID
		a                                            payment.Attempt
		asset, amount, captured, cost, outcome, caps string
		instruction, progress                        string
		expiresAt, createdAt, deadline               int64
		sentAt, checkAt                              int64
	)
	err := scan(&id, &a.ID, &a.No, &a.Channel, &a.Number, &instruction, &a.UETR, &progress, &asset, &amount, &captured, &cost,
		&outcome, &a.Reason, &a.ProviderID, &a.ProviderCode, &a.ChallengeURL, &expiresAt, &caps, &createdAt, &deadline, &sentAt,
		&a.Checks, &checkAt)
	if err != nil {
		return id, a, err
	}
	var d decoder
	of := d.asset("asset", asset)
	a.Amount, a.Captured, a.Cost = d.amount("amount", amount, of), d.amount("captured", captured, of), d.amount("cost", cost, of)
	a.Outcome = d.outcome("outcome", outcome)
	d.document("capabilities", caps, &a.Capabilities)
	d.document("instruction", instruction, &a.Instruction)
	d.document("progress", progress, &a.Progress)
	a.ExpiresAt, a.CreatedAt, a.Deadline, a.CheckAt = fromMicros(expiresAt), fromMicros(createdAt), fromMicros(deadline), fromMicros(checkAt)
	a.SentAt = fromMicros(sentAt)
	return id, a, d.err
}

const operationSelect = `
	SELECT payment, id, attempt, kind, asset, amount, final, held, note, ours, destination, outcome, reason, provider_id, provider_code,
		booking, created_at, deadline, sent_at, checks, check_at
	FROM operations `

func scanOperation(scan func(...any) error) (payment.ID, payment.Operation, error) {
	var (
		id                              payment.ID
		o                               payment.Operation
		asset, amount, outcome, booking string
		final, held, ours               int64
		createdAt, deadline             int64
		sentAt, checkAt                 int64
	)
	err := scan(&id, &o.ID, &o.Attempt, &o.Kind, &asset, &amount, &final, &held, &o.Note, &ours, &o.Destination, &outcome, &o.Reason, &o.ProviderID,
		&o.ProviderCode, &booking, &createdAt, &deadline, &sentAt, &o.Checks, &checkAt)
	if err != nil {
		return id, o, err
	}
	var d decoder
	o.Amount = d.amount("amount", amount, d.asset("asset", asset))
	o.Outcome = d.outcome("outcome", outcome)
	d.document("booking", booking, &o.Booking)
	o.Final, o.Held, o.Ours = final != 0, held != 0, ours != 0
	o.CreatedAt, o.Deadline, o.CheckAt = fromMicros(createdAt), fromMicros(deadline), fromMicros(checkAt)
	o.SentAt = fromMicros(sentAt)
	return id, o, d.err
}

// PaymentOf finds the payment of an attempt or operation. It returns payment.ErrNotFound when there is none.
func (db *DB) PaymentOf(ctx context.Context, ref string) (payment.ID, error) {
	var id payment.ID
	err := db.queryRow(ctx, `SELECT payment FROM attempts WHERE id = ? UNION ALL SELECT payment FROM operations WHERE id = ?`, ref, ref).Scan(&id)
	return id, explain("payment of "+ref, err)
}
