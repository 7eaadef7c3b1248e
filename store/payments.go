package store

import (
	"context"
	"slices"
	"strings"

	"github.com/causeway-pay/causeway/payment"
)

// paymentColumns are those of a payment that change, in the order of changing.
const paymentColumns = `status, captured, refunding, decisions, closed, cancel_requested, switch, switches, switched_after, hold,
	approved_by, retry_at, settled, settlements, settle_at, version, sequence, stamp, updated_at, due_at`

func changing(p payment.Payment, stamp string) []any {
	return []any{
		p.Status(), p.Received().Value(), p.Refunding().Value(), document(p.Decisions), p.Closed, flag(p.CancelRequested),
		document(p.Switch), p.Switches, p.SwitchedAfter, p.Hold, p.ApprovedBy,
		micros(p.RetryAt), p.Settled.Value(), p.Settlements, micros(p.SettleAt), p.Version, p.Sequence, stamp,
		micros(p.UpdatedAt), micros(p.Due()),
	}
}

// writePayment inserts a new payment, or changes one that is still at the version that the transition was computed from
// and whose refunds stay within its captures.
func (tx *tx) writePayment(ctx context.Context, t payment.Transition, stamp string) error {
	p := t.After
	if t.New() {
		_, err := tx.exec(ctx, `
			INSERT INTO payments (id, merchant, mode, direction, reference, "order", checkout, created_at, `+priceColumns+`, `+paymentColumns+`)
				VALUES `+rows(1, 34),
			slices.Concat([]any{
				p.ID, p.Merchant, p.Mode, p.Direction, p.Order.Reference, document(p.Order), p.Checkout, micros(p.CreatedAt),
			}, price(p), changing(p, stamp))...)
		return quoteUsed(err)
	}
	sets := strings.ReplaceAll(paymentColumns, ",", " = ?,") + " = ?"
	args := append(changing(p, stamp), p.ID, t.Before.Version, p.Refunding().Value(), p.Received().Value())
	n, err := tx.exec(ctx, `UPDATE payments SET `+sets+` WHERE id = ? AND version = ? AND dec_cmp(?, ?) <= 0`, args...)
	if err = taken(n, err, payment.ErrConflict); err != nil || !t.Repriced() {
		return err
	}
	sets = strings.ReplaceAll(priceColumns, ",", " = ?,") + " = ?"
	_, err = tx.exec(ctx, `UPDATE payments SET `+sets+` WHERE id = ?`, append(price(p), p.ID)...)
	return quoteUsed(err)
}

// priceColumns are those that change with the method or the price, which is rare.
const priceColumns = `method, asset, debit, quote_id, quote, expires_at`

func price(p payment.Payment) []any {
	return []any{
		document(p.Method), p.Debit().Asset().String(), p.Debit().Value(), p.Quote.ID, document(p.Quote), micros(p.ExpiresAt),
	}
}

func quoteUsed(err error) error {
	if violates(err, "payments_quote_id_key", "payments.quote_id") {
		return payment.ErrQuoteUsed
	}
	return err
}

// writeAttempts changes attempts before it adds one: what becomes free makes room in one_live.
func (tx *tx) writeAttempts(ctx context.Context, t payment.Transition) error {
	added, changed := t.Attempts()
	for _, a := range changed { // at most two: the one that ended and, rarely, one that is looked at again
		n, err := tx.exec(ctx, `
			UPDATE attempts SET amount = ?, captured = ?, outcome = ?, reason = ?, provider_id = ?, provider_code = ?, challenge_url = ?,
				instruction = ?, progress = ?, contradicted = ?, expires_at = ?, sent_at = ?, checks = ?, check_at = ?
			WHERE id = ? AND payment = ? AND dec_cmp(?, ?) <= 0`,
			a.Amount.Value(), a.Captured.Value(), a.Outcome.String(), a.Reason, a.ProviderID, a.ProviderCode, a.ChallengeURL,
			document(a.Instruction), document(a.Progress), flag(a.Progress.Contradicts()), micros(a.ExpiresAt), micros(a.SentAt), a.Checks,
			micros(a.CheckAt), a.ID,
			t.After.ID, a.Captured.Value(), a.Amount.Value())
		if err = taken(n, err, payment.ErrConflict); err != nil {
			return liveAttempt(err)
		}
	}
	for _, a := range added {
		if _, err := tx.exec(ctx, `
			INSERT INTO attempts (id, payment, no, channel, number, pay_to, instruction, uetr, progress, contradicted, asset, amount, captured, cost,
				outcome, reason, provider_id, provider_code, challenge_url, expires_at, capabilities, created_at, deadline, sent_at,
				checks, check_at) VALUES `+rows(1, 26),
			a.ID, t.After.ID, a.No, a.Channel, a.Number, a.Instruction.PayTo, document(a.Instruction), a.UETR, document(a.Progress),
			flag(a.Progress.Contradicts()),
			a.Amount.Asset().String(), a.Amount.Value(), a.Captured.Value(), a.Cost.Value(),
			a.Outcome.String(), a.Reason, a.ProviderID, a.ProviderCode, a.ChallengeURL, micros(a.ExpiresAt), document(a.Capabilities),
			micros(a.CreatedAt), micros(a.Deadline), micros(a.SentAt), a.Checks, micros(a.CheckAt)); err != nil {
			return liveAttempt(err)
		}
	}
	return nil
}

func liveAttempt(err error) error {
	if violates(err, "one_live", "attempts.payment") {
		return payment.ErrLiveAttempt
	}
	return err
}

func (tx *tx) writeOperations(ctx context.Context, t payment.Transition) error {
	added, changed := t.Operations()
	for _, o := range changed { // at most one is answered in a step
		n, err := tx.exec(ctx, `
			UPDATE operations SET outcome = ?, reason = ?, provider_id = ?, provider_code = ?, booking = ?, sent_at = ?,
				checks = ?, check_at = ?
			WHERE id = ? AND payment = ?`,
			o.Outcome.String(), o.Reason, o.ProviderID, o.ProviderCode, document(o.Booking), micros(o.SentAt), o.Checks, micros(o.CheckAt), o.ID, t.After.ID)
		if err = taken(n, err, payment.ErrConflict); err != nil {
			return err
		}
	}
	for i, o := range added {
		if _, err := tx.exec(ctx, `
			INSERT INTO operations (id, payment, no, attempt, merchant, mode, kind, asset, amount, final, held, note, ours, destination, outcome, reason,
				provider_id, provider_code, booking, created_at, deadline, sent_at, checks, check_at) VALUES `+rows(1, 24),
			o.ID, t.After.ID, len(t.Before.Operations)+i+1, o.Attempt, t.After.Merchant, t.After.Mode, o.Kind, o.Amount.Asset().String(),
			o.Amount.Value(), flag(o.Final), flag(o.Held), o.Note, flag(o.Ours), o.Destination, o.Outcome.String(), o.Reason, o.ProviderID, o.ProviderCode,
			document(o.Booking), micros(o.CreatedAt), micros(o.Deadline), micros(o.SentAt), o.Checks, micros(o.CheckAt)); err != nil {
			return err
		}
	}
	return nil
}

// writeOutcomes keeps the history of every outcome that changed.
func (tx *tx) writeOutcomes(ctx context.Context, t payment.Transition) error {
	var args []any
	for _, c := range t.Changes() {
		args = append(args, t.After.ID, t.After.Version, c.Ref, c.Was, c.Became, micros(t.After.UpdatedAt))
	}
	if len(args) == 0 {
		return nil
	}
	_, err := tx.exec(ctx, `INSERT INTO outcomes (payment, version, ref, was, became, at) VALUES `+rows(len(args)/6, 6), args...)
	return err
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
	found, err := db.payments(ctx, `WHERE id = ?`, id)
	if err == nil && len(found) == 0 {
		err = payment.ErrNotFound
	}
	if err != nil {
		return payment.Payment{}, explain("payment "+string(id), err)
	}
	return found[0], nil
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
	var all []payment.Payment
	err := tx.each(ctx, func(scan func(...any) error) error {
		p, err := scanPayment(scan)
		all = append(all, p)
		return err
	}, paymentSelect+where, args...)
	if err == nil {
		err = tx.children(ctx, all)
	}
	return all, err
}

// PaymentByCheckout finds the payment whose page opens with the secret of that hash. It returns payment.ErrNotFound when
// there is none.
func (db *DB) PaymentByCheckout(ctx context.Context, hash string) (payment.ID, error) {
	var id payment.ID
	err := db.queryRow(ctx, `SELECT id FROM payments WHERE checkout = ? AND checkout <> ''`, hash).Scan(&id)
	return id, explain("payment of a page", err)
}

// children loads the attempts and operations of payments, with one query for each table.
func (tx *tx) children(ctx context.Context, payments []payment.Payment) error {
	if len(payments) == 0 {
		return nil
	}
	at := map[payment.ID]*payment.Payment{}
	ids := make([]any, len(payments))
	for i := range payments {
		at[payments[i].ID] = &payments[i]
		ids[i] = payments[i].ID
	}
	attempts := func(scan func(...any) error) error {
		id, a, err := scanAttempt(scan)
		if err == nil {
			at[id].Attempts = append(at[id].Attempts, a)
		}
		return err
	}
	if err := tx.each(ctx, attempts, attemptSelect+`WHERE payment IN `+rows(1, len(ids))+` ORDER BY payment, no`, ids...); err != nil {
		return err
	}
	operations := func(scan func(...any) error) error {
		id, o, err := scanOperation(scan)
		if err == nil {
			at[id].Operations = append(at[id].Operations, o)
		}
		return err
	}
	if err := tx.each(ctx, operations, operationSelect+`WHERE payment IN `+rows(1, len(ids))+` ORDER BY payment, no`, ids...); err != nil {
		return err
	}
	receipts := func(scan func(...any) error) error {
		id, r, err := scanReceipt(scan)
		if err == nil {
			at[id].Receipts = append(at[id].Receipts, r)
		}
		return err
	}
	return tx.each(ctx, receipts, receiptSelect+`WHERE payment IN `+rows(1, len(ids))+` ORDER BY payment, no`, ids...)
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
