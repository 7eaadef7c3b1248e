-- +goose Up

-- What channels say that they booked, as their statements have it. A statement that is read again takes the place of the one
-- before.
CREATE TABLE statements (
  channel TEXT NOT NULL,
  day     TEXT NOT NULL, -- 2026-11-29
  entries BIGINT NOT NULL,
  read_at BIGINT NOT NULL,
  PRIMARY KEY (channel, day)
);

CREATE TABLE statement_rows (
  channel   TEXT NOT NULL,
  day       TEXT NOT NULL,
  no        BIGINT NOT NULL,
  id        TEXT NOT NULL, -- the channel's own name of it
  reference TEXT NOT NULL,
  charge    TEXT NOT NULL,
  kind      TEXT NOT NULL,
  asset     TEXT NOT NULL,
  amount    {amount} NOT NULL,
  booked_at BIGINT NOT NULL,
  PRIMARY KEY (channel, day, no),
  FOREIGN KEY (channel, day) REFERENCES statements (channel, day)
);
CREATE INDEX statement_rows_under ON statement_rows (channel, reference);
CREATE INDEX statement_rows_named ON statement_rows (channel, id) WHERE id <> '';

-- In what statements and books differ. what names the difference among those of its channel.
CREATE TABLE breaks (
  id        TEXT PRIMARY KEY,
  channel   TEXT NOT NULL,
  what      TEXT NOT NULL,
  kind      TEXT NOT NULL,
  movement  TEXT NOT NULL,
  reference TEXT NOT NULL,
  no        BIGINT NOT NULL,
  payment   TEXT NOT NULL,
  asset     TEXT NOT NULL, -- of what the statement has
  theirs    {amount} NOT NULL,
  our_asset TEXT NOT NULL,
  ours      {amount} NOT NULL,
  at        BIGINT NOT NULL,
  opened_at BIGINT NOT NULL,
  seen_at   BIGINT NOT NULL,
  closed_at BIGINT NOT NULL,
  closed    TEXT NOT NULL,
  owner     TEXT NOT NULL,
  note      TEXT NOT NULL
);
CREATE UNIQUE INDEX one_break ON breaks (channel, what) WHERE closed_at = 0;
CREATE INDEX breaks_open ON breaks (opened_at, id) WHERE closed_at = 0;
CREATE INDEX breaks_resolved ON breaks (channel, reference) WHERE closed = 'resolved';

-- What people decided of breaks: one proposes, another confirms.
CREATE TABLE break_rulings (
  break        TEXT NOT NULL REFERENCES breaks (id),
  remedy       TEXT NOT NULL,
  proposed_by  TEXT NOT NULL,
  proposed_at  BIGINT NOT NULL,
  confirmed_by TEXT NOT NULL,
  confirmed_at BIGINT NOT NULL,
  PRIMARY KEY (break, proposed_at),
  CHECK (confirmed_by <> proposed_by)
);
CREATE UNIQUE INDEX one_remedy ON break_rulings (break) WHERE confirmed_at = 0;
