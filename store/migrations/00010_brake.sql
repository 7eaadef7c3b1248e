-- +goose Up

-- What goes no further until two people have looked is not of chains alone: payouts stop when an invariant is broken.
ALTER TABLE chain_halts RENAME TO halts;
ALTER TABLE chain_lifts RENAME TO lifts;
ALTER TABLE lifts ADD COLUMN note TEXT NOT NULL DEFAULT ''; -- why it may go on, in the words of whoever proposed it

-- What the audit found and looked at twice. It is gone once a further look does not find it.
CREATE TABLE findings (
  invariant TEXT NOT NULL,
  fault     TEXT NOT NULL,
  part      TEXT NOT NULL,   -- of the audit, where it is looked at again
  after     TEXT NOT NULL,   -- the place in that part behind which it is
  found_at  BIGINT NOT NULL,
  lifted_at BIGINT NOT NULL DEFAULT 0, -- when two people let payouts go on in spite of it; 0: they did not
  PRIMARY KEY (invariant, fault)
);

-- What the sealed postings sum to, as far as the audit has added them up. Each fold begins at the first seal: one is compared
-- with the balances while the next is made, and takes its place.
CREATE TABLE audit_folds (
  no     BIGINT PRIMARY KEY,
  sealed BIGINT NOT NULL, -- the last seal that is in it
  whole  BIGINT NOT NULL  -- whether it has caught up, and is compared with
);
CREATE TABLE audit_sums (
  fold    BIGINT NOT NULL,
  account TEXT NOT NULL,
  asset   TEXT NOT NULL,
  amount  {amount} NOT NULL,
  PRIMARY KEY (fold, account, asset)
);

-- What was changed since the audit looked last.
CREATE INDEX payments_updated ON payments (updated_at, id);
