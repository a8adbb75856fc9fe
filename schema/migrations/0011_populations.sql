-- The constants of learning of a store's learners (adaptive.selection.population), each version learnt from its record.
CREATE TABLE populations (
    store_id  integer     NOT NULL,
    version   integer     NOT NULL CHECK (version > 0),
    made      timestamptz NOT NULL,
    constants jsonb       NOT NULL,
    PRIMARY KEY (store_id, version)
);
