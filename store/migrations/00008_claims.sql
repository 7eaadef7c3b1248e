-- +goose Up

-- Where the return of a claim goes: an address that two people named.
ALTER TABLE operations ADD COLUMN destination TEXT NOT NULL DEFAULT '';

-- Since when a receipt is money. What was credited before this was kept, was credited by its payment's last change.
ALTER TABLE receipts ADD COLUMN credited_at BIGINT NOT NULL DEFAULT 0;
UPDATE receipts SET credited_at = (SELECT p.updated_at FROM payments p WHERE p.id = receipts.payment) WHERE state = 'credited';

-- What people decided of claims: one proposes a return, another confirms it. A proposal begins one operation, whose id it has.
CREATE TABLE claim_rulings (
  operation    TEXT PRIMARY KEY,
  payment      TEXT NOT NULL REFERENCES payments (id),
  asset        TEXT NOT NULL,
  amount       {amount} NOT NULL,
  destination  TEXT NOT NULL,
  proposed_by  TEXT NOT NULL,
  proposed_at  BIGINT NOT NULL,
  confirmed_by TEXT NOT NULL,
  confirmed_at BIGINT NOT NULL,
  CHECK (confirmed_by <> proposed_by)
);
CREATE UNIQUE INDEX one_claim_ruling ON claim_rulings (payment, asset) WHERE confirmed_at = 0;
CREATE INDEX claim_rulings_of ON claim_rulings (payment, proposed_at);
