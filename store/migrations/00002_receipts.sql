-- +goose Up

-- What payers sent by themselves. A channel's reference is credited once, whoever tells of it and how often.
CREATE TABLE receipts (
  id        TEXT PRIMARY KEY,
  payment   TEXT NOT NULL REFERENCES payments (id),
  no        BIGINT NOT NULL,
  attempt   TEXT NOT NULL REFERENCES attempts (id),
  channel   TEXT NOT NULL,
  reference TEXT NOT NULL,
  asset     TEXT NOT NULL,
  amount    {amount} NOT NULL,
  state     TEXT NOT NULL,
  credits   BIGINT NOT NULL,
  have      BIGINT NOT NULL,
  need      BIGINT NOT NULL,
  block     TEXT NOT NULL,
  height    BIGINT NOT NULL,
  tx        TEXT NOT NULL,
  sender    TEXT NOT NULL,
  at        BIGINT NOT NULL,
  late      BIGINT NOT NULL,
  UNIQUE (payment, no),
  UNIQUE (channel, reference, attempt)
);
CREATE INDEX receipts_open ON receipts (channel, state, height);
CREATE INDEX receipts_block ON receipts (channel, block) WHERE block <> '';

-- What arrived and names no payment.
CREATE TABLE strays (
  id        TEXT PRIMARY KEY,
  channel   TEXT NOT NULL,
  reference TEXT NOT NULL,
  pay_to    TEXT NOT NULL,
  asset     TEXT NOT NULL,
  amount    {amount} NOT NULL,
  sender    TEXT NOT NULL,
  at        BIGINT NOT NULL,
  UNIQUE (channel, reference)
);

-- The next serial number at each channel. A number that was taken and not used is a gap, which harms nobody.
CREATE TABLE serials (
  name TEXT PRIMARY KEY,
  last BIGINT NOT NULL
);

-- How far each watcher has looked.
CREATE TABLE cursors (
  name  TEXT PRIMARY KEY,
  place TEXT NOT NULL,
  at    BIGINT NOT NULL
);

CREATE TABLE beneficiaries (
  id          TEXT PRIMARY KEY,
  merchant    TEXT NOT NULL,
  mode        TEXT NOT NULL,
  beneficiary {json} NOT NULL,
  created_at  BIGINT NOT NULL
);
CREATE INDEX beneficiaries_list ON beneficiaries (merchant, mode, id);
