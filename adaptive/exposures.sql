-- name: admit^
-- One more examinee; the row stays locked, so a bank is opened once.
INSERT INTO exposure_pools AS p (store_id, pool, examinees, priced) VALUES (:store_id, :pool, 1, 0)
ON CONFLICT (store_id, pool) DO UPDATE SET examinees = p.examinees + 1
RETURNING examinees, priced;

-- name: set_priced!
-- How many items the opening prices are of.
UPDATE exposure_pools SET priced = :priced WHERE store_id = :store_id AND pool = :pool;

-- name: price!
-- Opening prices; uses stay, and count from now on as though they were the cap's share until now.
INSERT INTO exposures AS e (store_id, pool, item_id, uses, base, since)
SELECT :store_id, :pool, i, 0, p, :since
FROM unnest(:item_ids::bigint[], :bases::double precision[]) AS t (i, p) ORDER BY i
ON CONFLICT (store_id, pool, item_id) DO UPDATE SET
    base = excluded.base,
    since = excluded.since - round(e.uses / :cap::double precision);

-- name: examinees$
-- How many have begun; 1 where none was counted: whose test began under 0.1.0.
SELECT coalesce(max(examinees), 1) FROM exposure_pools WHERE store_id = :store_id AND pool = :pool;

-- name: exposures
-- The items that have been met or have a price.
SELECT item_id, uses, base, since FROM exposures WHERE store_id = :store_id AND pool = :pool;

-- name: meet!
-- One more use; the base of the price moves as adaptive.selection.exposure.after has it.
INSERT INTO exposures AS e (store_id, pool, item_id, uses, base, since)
VALUES (:store_id, :pool, :item_id, 1, :restore::double precision * (1 - :cap::double precision), :before)
ON CONFLICT (store_id, pool, item_id) DO UPDATE SET
    uses = e.uses + 1,
    base = greatest(0, e.base + :restore * greatest(
        e.uses + 1 - :cap * (:before + 1 - e.since),
        -e.base / :steep::double precision
    ));
