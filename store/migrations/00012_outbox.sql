-- +goose Up

-- What happened and was not fanned out to endpoints yet. Events themselves never change: they are wide, and to mark one is to
-- write it again.
CREATE TABLE outbox (
  due_at BIGINT NOT NULL,
  event  TEXT NOT NULL,
  PRIMARY KEY (due_at, event) -- in which they are taken
);
INSERT INTO outbox (due_at, event) SELECT due_at, id FROM events WHERE due_at > 0;

DROP INDEX events_due;
ALTER TABLE events DROP COLUMN due_at;
{append only events}
