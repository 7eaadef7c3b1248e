-- +goose Up

-- The newest observation of every pair and feed that may be used, and the newest that is held: what a gateway needs to start.
-- rate_snapshots has all there ever were.
CREATE TABLE newest_rates (
  feed        TEXT NOT NULL,
  base        TEXT NOT NULL,
  quote       TEXT NOT NULL,
  held        BIGINT NOT NULL,
  id          TEXT NOT NULL,
  snapshot    {json} NOT NULL,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (feed, base, quote, held)
);
INSERT INTO newest_rates (feed, base, quote, held, id, snapshot, received_at)
  SELECT r.feed, r.base, r.quote, r.held, r.id, r.snapshot, r.received_at FROM rate_snapshots r
  WHERE r.id = (SELECT n.id FROM rate_snapshots n WHERE n.feed = r.feed AND n.base = r.base AND n.quote = r.quote AND n.held = r.held
    ORDER BY n.received_at DESC, n.id DESC LIMIT 1);
