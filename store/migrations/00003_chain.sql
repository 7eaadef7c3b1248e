-- +goose Up

-- Every block of a chain that a channel's watcher looked at. That each follows the one before proves that none was left out.
CREATE TABLE chain_blocks (
  channel TEXT NOT NULL,
  hash    TEXT NOT NULL,
  number  BIGINT NOT NULL,
  parent  TEXT NOT NULL,
  time    BIGINT NOT NULL,
  state   TEXT NOT NULL, -- begun, scanned, or dropped by a reorganisation
  at      BIGINT NOT NULL,
  PRIMARY KEY (channel, hash)
);
CREATE UNIQUE INDEX one_block ON chain_blocks (channel, number) WHERE state <> 'dropped';
CREATE INDEX chain_blocks_dropped ON chain_blocks (channel) WHERE state = 'dropped';

-- What those blocks moved to addresses that were given out.
CREATE TABLE chain_transfers (
  channel   TEXT NOT NULL,
  reference TEXT NOT NULL,
  kind      TEXT NOT NULL,
  block     TEXT NOT NULL,
  tx        TEXT NOT NULL,
  log       BIGINT NOT NULL,
  sender    TEXT NOT NULL,
  pay_to    TEXT NOT NULL,
  contract  TEXT NOT NULL,
  asset     TEXT NOT NULL,
  amount    {amount} NOT NULL,
  told      TEXT NOT NULL, -- the last final word on it: nothing, credited or orphaned
  PRIMARY KEY (channel, reference),
  FOREIGN KEY (channel, block) REFERENCES chain_blocks (channel, hash)
);
CREATE INDEX chain_transfers_open ON chain_transfers (channel, told);
CREATE INDEX chain_transfers_at ON chain_transfers (channel, pay_to);
CREATE INDEX chain_transfers_of ON chain_transfers (channel, block);

-- What goes no further until somebody has looked: the watching of a channel, or a wallet.
CREATE TABLE chain_halts (
  name   TEXT PRIMARY KEY,
  reason TEXT NOT NULL,
  at     BIGINT NOT NULL
);

-- What is to be paid out. Each has one nonce, which nobody else has unless it was given up before it was signed.
CREATE TABLE chain_intents (
  attempt  TEXT PRIMARY KEY,
  channel  TEXT NOT NULL,
  payout   TEXT NOT NULL,
  network  TEXT NOT NULL,
  sender   TEXT NOT NULL,
  nonce    BIGINT NOT NULL, -- -1: given up before it had one
  dest     TEXT NOT NULL,
  contract TEXT NOT NULL,
  asset    TEXT NOT NULL,
  amount   {amount} NOT NULL,
  state    TEXT NOT NULL, -- reserved, signed, canceling, abandoned, final
  final_tx TEXT NOT NULL, -- the transaction that decided it
  at       BIGINT NOT NULL
);
CREATE UNIQUE INDEX one_nonce ON chain_intents (network, sender, nonce) WHERE state <> 'abandoned';
CREATE INDEX chain_intents_open ON chain_intents (network, sender, state);

-- What was signed for it, before it was sent anywhere.
CREATE TABLE chain_transactions (
  hash     TEXT PRIMARY KEY,
  attempt  TEXT NOT NULL REFERENCES chain_intents (attempt),
  no       BIGINT NOT NULL,
  kind     TEXT NOT NULL, -- pay or cancel
  raw      TEXT NOT NULL,
  tip      TEXT NOT NULL, -- wei for each unit of gas, beyond the base fee
  fee_cap  TEXT NOT NULL, -- wei for each unit of gas, in all
  gas      BIGINT NOT NULL,
  height   BIGINT NOT NULL, -- of the chain when it was signed
  at       BIGINT NOT NULL,
  UNIQUE (attempt, no)
);
