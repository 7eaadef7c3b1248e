package store

import (
	"context"
	"time"

	"github.com/causeway-pay/causeway/payment"
)

// Propose keeps a way out of review until another person confirms it, in place of what was proposed before.
func (db *DB) Propose(ctx context.Context, r payment.Ruling) error {
	_, err := db.exec(ctx, `
		INSERT INTO reviews (ref, payment, outcome, why, proposed_by, proposed_at, confirmed_by, confirmed_at) VALUES (?, ?, ?, ?, ?, ?, '', 0)
		ON CONFLICT (ref) WHERE confirmed_at = 0 DO UPDATE
			SET outcome = excluded.outcome, why = excluded.why, proposed_by = excluded.proposed_by, proposed_at = excluded.proposed_at`,
		r.Ref, r.Payment, r.Outcome.String(), r.Why, r.ProposedBy, micros(r.ProposedAt))
	return explain("propose "+r.Ref, err)
}

// Proposal finds what is proposed. It returns payment.ErrNotFound when nothing is.
func (db *DB) Proposal(ctx context.Context, ref string) (payment.Ruling, error) {
	r := payment.Ruling{Ref: ref}
	var outcome string
	var at int64
	err := db.queryRow(ctx, `SELECT payment, outcome, why, proposed_by, proposed_at FROM reviews WHERE ref = ? AND confirmed_at = 0`, ref).
		Scan(&r.Payment, &outcome, &r.Why, &r.ProposedBy, &at)
	if err == nil {
		var d decoder
		r.Outcome, r.ProposedAt = d.outcome("outcome", outcome), fromMicros(at)
		err = d.err
	}
	return r, explain("proposal for "+ref, err)
}

// reviewsMax is how many references in review are listed.
const reviewsMax = 1000

// InReview lists what people have to decide: what is in review, and the payouts that a channel contradicts itself about. The
// oldest come first, with what is proposed for each as it is now; the outcome of what nobody has proposed anything for is review.
func (db *DB) InReview(ctx context.Context) ([]payment.Ruling, error) {
	var all []payment.Ruling
	err := db.each(ctx, func(scan func(...any) error) error {
		var r payment.Ruling
		var outcome, progress, reason, proposed string
		var at int64
		if err := scan(&r.Payment, &r.Ref, &progress, &reason, &outcome, &proposed, &r.ProposedBy, &at); err != nil {
			return err
		}
		var d decoder
		var g payment.Progress
		d.document("progress", progress, &g)
		r.Outcome, r.ProposedAt = d.outcome("outcome", outcome), fromMicros(at)
		if r.Why = reason; g.Contradicts() {
			r.Why = g.Conflict
		}
		if r.Why != proposed { // for what was known before
			r.Outcome, r.ProposedBy, r.ProposedAt = payment.Review, "", time.Time{}
		}
		all = append(all, r)
		return d.err
	}, `SELECT i.payment, i.ref, i.progress, i.reason, COALESCE(r.outcome, 'review'), COALESCE(r.why, ''), COALESCE(r.proposed_by, ''), COALESCE(r.proposed_at, 0)
		FROM (SELECT payment, id AS ref, progress, reason FROM attempts WHERE outcome = 'review' OR contradicted <> 0
			UNION ALL SELECT payment, id, '{}', reason FROM operations WHERE outcome = 'review') i
		LEFT JOIN reviews r ON r.ref = i.ref AND r.confirmed_at = 0 ORDER BY i.payment, i.ref LIMIT ?`, reviewsMax)
	return all, explain("list reviews", err)
}
