-- An item's price is a base and a part for its uses beyond the cap's share of the examinees since it was priced. Every pool
-- is priced anew by its next examinee; uses stay.
CREATE TEMPORARY TABLE met ON COMMIT DROP AS SELECT store_id, pool, item_id, uses FROM exposures;
DROP TABLE exposures;
UPDATE exposure_pools SET priced = 0;

-- How many examinees met each item, the base of its price, and the examinees before it was priced.
CREATE TABLE exposures (
    store_id integer          NOT NULL,
    pool     bigint           NOT NULL,
    item_id  bigint           NOT NULL,
    uses     bigint           NOT NULL,
    base     double precision NOT NULL,
    since    bigint           NOT NULL,
    PRIMARY KEY (store_id, pool, item_id)
);
INSERT INTO exposures (store_id, pool, item_id, uses, base, since) SELECT store_id, pool, item_id, uses, 0, 0 FROM met;
