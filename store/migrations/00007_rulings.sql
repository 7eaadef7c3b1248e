-- +goose Up

-- What was known when an outcome was proposed. Nobody confirms with it what became known since; what was proposed before this
-- has to be proposed again.
ALTER TABLE reviews ADD COLUMN why TEXT NOT NULL DEFAULT '';
