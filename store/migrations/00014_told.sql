-- +goose Up

-- Up to which block a channel's watcher told of everything there was to tell. Those blocks are final, and too deep to be
-- taken back: what they hold counts, or it was missed.
CREATE TABLE chain_told (
  channel TEXT PRIMARY KEY,
  number  BIGINT NOT NULL
);
