-- +goose Up

-- What names no payment may be taken back, and come again when a chain returns to its block.
ALTER TABLE strays ADD COLUMN state TEXT NOT NULL DEFAULT 'credited';
ALTER TABLE strays ADD COLUMN credits BIGINT NOT NULL DEFAULT 1;
UPDATE strays SET state = 'orphaned' WHERE EXISTS (SELECT 1 FROM entries e WHERE e.id = strays.id || ':reversed');
