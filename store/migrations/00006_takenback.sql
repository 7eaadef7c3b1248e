-- +goose Up

-- Whether the channel contradicts itself about the attempt and people have yet to decide; it is derived from progress, for lists.
ALTER TABLE attempts ADD COLUMN contradicted BIGINT NOT NULL DEFAULT 0;
UPDATE attempts SET contradicted = 1 WHERE progress LIKE '%"conflict":%';
CREATE INDEX attempts_contradicted ON attempts (payment) WHERE contradicted <> 0;

-- What people decided of a halt: one proposes to lift it, another confirms.
CREATE TABLE chain_lifts (
  name         TEXT NOT NULL,
  reason       TEXT NOT NULL, -- of the halt
  halted_at    BIGINT NOT NULL,
  proposed_by  TEXT NOT NULL,
  proposed_at  BIGINT NOT NULL,
  confirmed_by TEXT NOT NULL,
  confirmed_at BIGINT NOT NULL,
  PRIMARY KEY (name, proposed_at),
  CHECK (confirmed_by <> proposed_by)
);
CREATE UNIQUE INDEX one_lift ON chain_lifts (name) WHERE confirmed_at = 0;
