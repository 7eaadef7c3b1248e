-- +goose Up

-- What was credited at a place and can be swept, derived from the payment, so that nobody has to look at every place. It
-- has no row for a place while a sweep of it is under way.
CREATE TABLE hoards (
  attempt TEXT NOT NULL REFERENCES attempts (id),
  asset   TEXT NOT NULL,
  channel TEXT NOT NULL,
  payment TEXT NOT NULL REFERENCES payments (id),
  amount  {amount} NOT NULL,
  from_at BIGINT NOT NULL, -- not before
  PRIMARY KEY (attempt, asset)
);
CREATE INDEX hoards_at ON hoards (channel, attempt, asset);
CREATE INDEX hoards_of ON hoards (payment);
INSERT INTO hoards (attempt, asset, channel, payment, amount, from_at)
  SELECT attempt, asset, channel, payment, dec_sum(amount), 0 FROM receipts
  WHERE state = 'credited' AND asset LIKE '%@%' GROUP BY attempt, asset, channel, payment;

-- Of one place and asset one sweep is begun at a time, whatever the code above thinks.
CREATE UNIQUE INDEX one_sweep ON operations (attempt, asset) WHERE kind = 'sweep' AND outcome = 'unknown';

-- A sweep has an intent as a payout has: the place that it empties, and the number that the key of that place is made from.
ALTER TABLE chain_intents ADD COLUMN place TEXT NOT NULL DEFAULT '';
ALTER TABLE chain_intents ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
CREATE INDEX chain_intents_swept ON chain_intents (network, state, sender) WHERE place <> '';
