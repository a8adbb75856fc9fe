-- Exposure is counted for each kind of test and from the asking on, with the price of each item. The counts of 0.1.0 were
-- of the whole store and cannot be told apart, so they begin anew.
DROP INDEX placements_finished;
DROP TABLE exposures;

-- Everyone who takes the same kind of test, `pool`: the skills it is on. `priced` items were in the bank when it opened.
CREATE TABLE exposure_pools (
    store_id  integer NOT NULL,
    pool      bigint  NOT NULL,
    examinees bigint  NOT NULL,
    priced    integer NOT NULL,
    PRIMARY KEY (store_id, pool)
);

-- How many examinees met each item, and its price when examinee `at` (counted from 0) met it.
CREATE TABLE exposures (
    store_id integer          NOT NULL,
    pool     bigint           NOT NULL,
    item_id  bigint           NOT NULL,
    uses     bigint           NOT NULL,
    price    double precision NOT NULL,
    at       bigint           NOT NULL,
    PRIMARY KEY (store_id, pool, item_id)
);
