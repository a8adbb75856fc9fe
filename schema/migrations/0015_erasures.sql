-- Persons who were forgotten: when, by whom, how many rows of what, and the SHA-256 of each of their agents' keys, by
-- which somebody who asks can be shown that it was done.
CREATE TABLE erasures (
    store_id integer     NOT NULL,
    id       bigint      GENERATED ALWAYS AS IDENTITY,
    made     timestamptz NOT NULL,
    author   text        NOT NULL,
    subjects bytea[]     NOT NULL,
    counts   jsonb       NOT NULL,
    PRIMARY KEY (store_id, id)
);
