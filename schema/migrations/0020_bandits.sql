-- What came of a store's decisions, as the bandit of explore mode learnt it last (adaptive.selection.explore).
CREATE TABLE bandits (
    store_id integer     PRIMARY KEY,
    version  integer     NOT NULL,
    made     timestamptz NOT NULL,
    model    jsonb       NOT NULL
);

-- The decisions of a span of time, which the bandit is trained on.
CREATE INDEX decisions_made ON decisions (store_id, made);
