-- +goose Up
{functions}

-- Conventions: {amount} holds exact decimals; times are microseconds since 1970 UTC, 0 for none; {json} is a frozen or
-- opaque document; assets are written as money.Asset.String does.

CREATE TABLE merchants (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  tier       TEXT NOT NULL,
  currency   TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE api_keys (
  id         TEXT PRIMARY KEY,
  kind       TEXT NOT NULL,
  merchant   TEXT NOT NULL,
  mode       TEXT NOT NULL,
  scopes     TEXT NOT NULL,
  hash       TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL
);
CREATE INDEX api_keys_of ON api_keys (merchant, id);

-- status, asset, debit, captured and refunding are derived from the payment; they are here for lists and guards.
CREATE TABLE payments (
  id               TEXT PRIMARY KEY,
  merchant         TEXT NOT NULL,
  mode             TEXT NOT NULL,
  direction        TEXT NOT NULL,
  status           TEXT NOT NULL,
  reference        TEXT NOT NULL,
  asset            TEXT NOT NULL,
  debit            {amount} NOT NULL,
  captured         {amount} NOT NULL,
  refunding        {amount} NOT NULL,
  "order"          {json} NOT NULL,
  method           {json} NOT NULL,
  quote_id         TEXT NOT NULL UNIQUE,
  quote            {json} NOT NULL,
  decisions        {json} NOT NULL,
  closed           TEXT NOT NULL,
  cancel_requested BIGINT NOT NULL,
  switch           {json} NOT NULL, -- a change of method that waits; null: none
  switches         BIGINT NOT NULL,
  switched_after   BIGINT NOT NULL,
  hold             TEXT NOT NULL,
  approved_by      TEXT NOT NULL,
  checkout         TEXT NOT NULL, -- SHA-256 of the secret of the payer's page
  retry_at         BIGINT NOT NULL,
  settled          {amount} NOT NULL,
  settlements      BIGINT NOT NULL,
  settle_at        BIGINT NOT NULL,
  version          BIGINT NOT NULL,
  sequence         BIGINT NOT NULL,
  stamp            TEXT NOT NULL, -- of the commit that wrote this version
  created_at       BIGINT NOT NULL,
  updated_at       BIGINT NOT NULL,
  expires_at       BIGINT NOT NULL,
  due_at           BIGINT NOT NULL
);
CREATE INDEX payments_list ON payments (merchant, mode, direction, id);
CREATE INDEX payments_status ON payments (merchant, mode, direction, status, id);
CREATE INDEX payments_reference ON payments (merchant, mode, direction, reference, id) WHERE reference <> '';
CREATE UNIQUE INDEX payments_checkout ON payments (checkout) WHERE checkout <> '';
CREATE INDEX payments_due ON payments (due_at) WHERE due_at > 0;

CREATE TABLE attempts (
  id            TEXT PRIMARY KEY,
  payment       TEXT NOT NULL REFERENCES payments (id),
  no            BIGINT NOT NULL,
  channel       TEXT NOT NULL,
  number        BIGINT NOT NULL, -- serial number at the channel on push rails, 0 elsewhere
  pay_to        TEXT NOT NULL,   -- what incoming money names; empty on rails that pull it
  instruction   {json} NOT NULL,
  uetr          TEXT NOT NULL,
  progress      {json} NOT NULL,
  asset         TEXT NOT NULL,
  amount        {amount} NOT NULL,
  captured      {amount} NOT NULL,
  cost          {amount} NOT NULL,
  outcome       TEXT NOT NULL,
  reason        TEXT NOT NULL,
  provider_id   TEXT NOT NULL,
  provider_code TEXT NOT NULL,
  challenge_url TEXT NOT NULL,
  expires_at    BIGINT NOT NULL,
  capabilities  {json} NOT NULL,
  created_at    BIGINT NOT NULL,
  deadline      BIGINT NOT NULL,
  sent_at       BIGINT NOT NULL,
  checks        BIGINT NOT NULL,
  check_at      BIGINT NOT NULL,
  UNIQUE (payment, no)
);

-- Incoming money belongs to one attempt: no place is ever given out twice.
CREATE UNIQUE INDEX one_number ON attempts (channel, number) WHERE number > 0;
CREATE UNIQUE INDEX one_place ON attempts (channel, pay_to) WHERE pay_to <> '';

-- A payment has at most one attempt that can still move money, whatever the code above thinks.
CREATE UNIQUE INDEX one_live ON attempts (payment)
  WHERE outcome NOT IN ('declined', 'not_sent', 'fenced', 'voided', 'canceled', 'lapsed', 'short');

CREATE TABLE operations (
  id            TEXT PRIMARY KEY,
  payment       TEXT NOT NULL REFERENCES payments (id),
  no            BIGINT NOT NULL,
  attempt       TEXT NOT NULL REFERENCES attempts (id),
  merchant      TEXT NOT NULL,
  mode          TEXT NOT NULL,
  kind          TEXT NOT NULL,
  asset         TEXT NOT NULL,
  amount        {amount} NOT NULL,
  final         BIGINT NOT NULL,
  held          BIGINT NOT NULL,
  note          TEXT NOT NULL,
  ours          BIGINT NOT NULL,
  outcome       TEXT NOT NULL,
  reason        TEXT NOT NULL,
  provider_id   TEXT NOT NULL,
  provider_code TEXT NOT NULL,
  booking       {json} NOT NULL,
  created_at    BIGINT NOT NULL,
  deadline      BIGINT NOT NULL,
  sent_at       BIGINT NOT NULL,
  checks        BIGINT NOT NULL,
  check_at      BIGINT NOT NULL,
  UNIQUE (payment, no)
);
CREATE UNIQUE INDEX one_reversal ON operations (attempt, held) WHERE kind = 'reversal';
CREATE INDEX operations_list ON operations (merchant, mode, kind, id);

-- Every outcome that an attempt or operation ever had, in order of the payment's versions.
CREATE TABLE outcomes (
  payment TEXT NOT NULL,
  version BIGINT NOT NULL,
  ref     TEXT NOT NULL,
  was     TEXT NOT NULL, -- empty for the first
  became  TEXT NOT NULL,
  at      BIGINT NOT NULL,
  PRIMARY KEY (payment, version, ref)
);

-- What people decided of what is in review: one proposes, another confirms.
CREATE TABLE reviews (
  ref          TEXT NOT NULL,
  payment      TEXT NOT NULL REFERENCES payments (id),
  outcome      TEXT NOT NULL,
  proposed_by  TEXT NOT NULL,
  proposed_at  BIGINT NOT NULL,
  confirmed_by TEXT NOT NULL,
  confirmed_at BIGINT NOT NULL,
  PRIMARY KEY (ref, proposed_at),
  CHECK (confirmed_by <> proposed_by)
);
CREATE UNIQUE INDEX one_proposal ON reviews (ref) WHERE confirmed_at = 0;

CREATE TABLE idempotency_keys (
  merchant    TEXT NOT NULL,
  path        TEXT NOT NULL,
  key         TEXT NOT NULL,
  hash        TEXT NOT NULL,
  object      TEXT NOT NULL,
  payment     TEXT NOT NULL,
  created_at  BIGINT NOT NULL,
  status      BIGINT NOT NULL,
  answer      TEXT NOT NULL,
  answered_at BIGINT NOT NULL,
  PRIMARY KEY (merchant, path, key)
);
CREATE INDEX idempotency_keys_answered ON idempotency_keys (answered_at) WHERE answered_at > 0;

CREATE TABLE quotes (
  id         TEXT PRIMARY KEY,
  merchant   TEXT NOT NULL,
  status     TEXT NOT NULL,
  payment    TEXT NOT NULL,
  quote      {json} NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE TABLE entries (
  id         TEXT PRIMARY KEY,
  payment    TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX entries_of ON entries (payment, id);
CREATE INDEX entries_created ON entries (created_at, id);

CREATE TABLE postings (
  entry   TEXT NOT NULL REFERENCES entries (id),
  no      BIGINT NOT NULL,
  account TEXT NOT NULL,
  asset   TEXT NOT NULL,
  amount  {amount} NOT NULL,
  PRIMARY KEY (entry, no)
);

CREATE TABLE balances (
  account TEXT NOT NULL,
  asset   TEXT NOT NULL,
  amount  {amount} NOT NULL, -- signed: debit +, credit -
  PRIMARY KEY (account, asset)
);

-- The hash chain over entries. Its number is its place, so two sealers cannot fork it.
CREATE TABLE seals (
  no        BIGINT PRIMARY KEY,
  entry     TEXT NOT NULL UNIQUE REFERENCES entries (id),
  hash      TEXT NOT NULL,
  sealed_at BIGINT NOT NULL
);

CREATE TABLE events (
  id       TEXT PRIMARY KEY,
  payment  TEXT NOT NULL,
  merchant TEXT NOT NULL,
  mode     TEXT NOT NULL,
  type     TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  at       BIGINT NOT NULL,
  data     TEXT NOT NULL,
  due_at   BIGINT NOT NULL, -- when it is fanned out to endpoints; 0 once it was
  UNIQUE (payment, sequence)
);
CREATE INDEX events_list ON events (merchant, mode, id);
CREATE INDEX events_due ON events (due_at) WHERE due_at > 0;

CREATE TABLE endpoints (
  id         TEXT PRIMARY KEY,
  merchant   TEXT NOT NULL,
  mode       TEXT NOT NULL,
  url        TEXT NOT NULL,
  events     {json} NOT NULL,
  secrets    {json} NOT NULL,
  disabled   TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX endpoints_of ON endpoints (merchant, mode, id);

CREATE TABLE deliveries (
  event    TEXT NOT NULL REFERENCES events (id),
  endpoint TEXT NOT NULL,
  state    TEXT NOT NULL,
  tries    BIGINT NOT NULL,
  next_at  BIGINT NOT NULL,
  log      {json} NOT NULL,
  PRIMARY KEY (event, endpoint)
);
CREATE INDEX deliveries_of ON deliveries (endpoint, event);
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state = 'pending';

CREATE TABLE callbacks (
  channel TEXT NOT NULL,
  event   TEXT NOT NULL,
  at      BIGINT NOT NULL,
  PRIMARY KEY (channel, event)
);

CREATE TABLE leases (
  name   TEXT PRIMARY KEY,
  owner  TEXT NOT NULL,
  epoch  BIGINT NOT NULL,
  ends_at BIGINT NOT NULL
);

CREATE TABLE channel_flags (
  channel TEXT PRIMARY KEY,
  flag    {json} NOT NULL,
  at      BIGINT NOT NULL
);

CREATE TABLE rate_snapshots (
  id          TEXT PRIMARY KEY,
  feed        TEXT NOT NULL,
  base        TEXT NOT NULL,
  quote       TEXT NOT NULL,
  held        BIGINT NOT NULL,
  releases    TEXT NOT NULL, -- the held one of which it is the released copy
  snapshot    {json} NOT NULL,
  received_at BIGINT NOT NULL
);
CREATE INDEX rate_snapshots_newest ON rate_snapshots (feed, base, quote, held, received_at);
CREATE UNIQUE INDEX rate_snapshots_released ON rate_snapshots (releases) WHERE releases <> '';

CREATE TABLE rulesets (
  version    BIGINT PRIMARY KEY,
  body       TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

-- What was booked, sealed or observed is never changed.
{append only entries}
{append only postings}
{append only seals}
{append only outcomes}
{append only rate_snapshots}
{append only rulesets}
