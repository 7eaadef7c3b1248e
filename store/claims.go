package store

import (
	"context"

	"github.com/causeway-pay/causeway/payment"
)

// ProposeClaim keeps the return of a claim until another person confirms it, in place of what was proposed of that asset of
// the payment before.
func (db *DB) ProposeClaim(ctx context.Context, r payment.ClaimRuling) error {
	_, err := db.exec(ctx, `
		INSERT INTO claim_rulings (operation, payment, asset, amount, destination, proposed_by, proposed_at, confirmed_by, confirmed_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, '', 0)
		ON CONFLICT (payment, asset) WHERE confirmed_at = 0 DO UPDATE
			SET operation = excluded.operation, amount = excluded.amount, destination = excluded.destination,
				proposed_by = excluded.proposed_by, proposed_at = excluded.proposed_at`,
		r.Operation, r.Payment, r.Amount.Asset().String(), r.Amount.Value(), r.Destination, r.ProposedBy, micros(r.ProposedAt))
	return explain("propose the return of a claim of "+string(r.Payment), err)
}

// takeClaimRulings confirms returns of claims, unless one was proposed by the same person, too long ago, or is not the one
// that stands any more.
func (tx *tx) takeClaimRulings(batch []*step) {
	for _, s := range batch { // few are decided by people
		r := s.ClaimRuling
		if r == nil {
			continue
		}
		tx.take(s, payment.ErrConflict, `
			UPDATE claim_rulings SET confirmed_by = ?, confirmed_at = ?
			WHERE operation = ? AND payment = ? AND asset = ? AND dec_cmp(amount, ?) = 0 AND destination = ?
				AND proposed_by = ? AND proposed_by <> ? AND proposed_at = ? AND proposed_at > ? AND confirmed_at = 0
			RETURNING operation`,
			r.ConfirmedBy, micros(r.ConfirmedAt), r.Operation, r.Payment, r.Amount.Asset().String(), r.Amount.Value(), r.Destination,
			r.ProposedBy, r.ConfirmedBy, micros(r.ProposedAt), micros(r.ConfirmedAt.Add(-payment.ProposedFor)))
	}
}

// ClaimRulings returns what people decided, or propose, of the claims of a payment, the newest first.
func (db *DB) ClaimRulings(ctx context.Context, id payment.ID) ([]payment.ClaimRuling, error) {
	var all []payment.ClaimRuling
	err := db.each(ctx, func(scan func(...any) error) error {
		r := payment.ClaimRuling{Payment: id}
		var asset, amount string
		var proposed, confirmed int64
		if err := scan(&r.Operation, &asset, &amount, &r.Destination, &r.ProposedBy, &proposed, &r.ConfirmedBy, &confirmed); err != nil {
			return err
		}
		var d decoder
		r.Amount = d.amount("amount", amount, d.asset("asset", asset))
		r.ProposedAt, r.ConfirmedAt = fromMicros(proposed), fromMicros(confirmed)
		all = append(all, r)
		return d.err
	}, `SELECT operation, asset, amount, destination, proposed_by, proposed_at, confirmed_by, confirmed_at FROM claim_rulings
		WHERE payment = ? ORDER BY proposed_at DESC, operation`, id)
	return all, explain("rulings of the claims of "+string(id), err)
}

// claimsMax is how many payments are listed that have something in their claims.
const claimsMax = 1000

// Claims lists what waits in claims and pays for nothing, by payment, with the return that is proposed of it.
func (db *DB) Claims(ctx context.Context) ([]payment.Claim, error) {
	var found []payment.Claim
	holders, err := db.payments(ctx, `WHERE 'claims:' || id IN (SELECT account FROM balances WHERE account LIKE 'claims:%' AND dec_cmp(amount, '0') <> 0)
		ORDER BY id LIMIT ?`, claimsMax)
	if err != nil {
		return nil, explain("list claims", err)
	}
	for _, p := range holders {
		rulings, err := db.ClaimRulings(ctx, p.ID)
		if err != nil {
			return nil, err
		}
		for _, c := range p.Claims() {
			c.Ruling = proposed(rulings, c)
			found = append(found, c)
		}
	}
	return found, nil
}

// proposed finds the return that waits for the second person.
func proposed(rulings []payment.ClaimRuling, c payment.Claim) *payment.ClaimRuling {
	for _, r := range rulings {
		if r.ConfirmedAt.IsZero() && r.Amount.Asset() == c.Amount.Asset() {
			return &r
		}
	}
	return nil
}
