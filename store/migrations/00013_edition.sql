-- +goose Up

-- The edition of keys and merchants: whoever changes one raises it in the same transaction, also by hand. A gateway goes by
-- what it remembers of them for as long as the edition is the one that it read them in.
CREATE TABLE access_edition (
  one     BIGINT PRIMARY KEY CHECK (one = 1), -- there is one row
  edition BIGINT NOT NULL
);
INSERT INTO access_edition (one, edition) VALUES (1, 1);

{edition functions}
{raises edition merchants}
{raises edition api_keys}

{plain sum}
