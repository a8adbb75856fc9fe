-- name: admit^
-- One more examinee; the row stays locked, so a bank is opened once.
INSERT INTO exposure_pools AS p (store_id, pool, examinees, priced) VALUES (:store_id, :pool, 1, 0)
ON CONFLICT (store_id, pool) DO UPDATE SET examinees = p.examinees + 1
RETURNING examinees, priced;

-- name: set_priced!
-- How many items the opening prices are of.
UPDATE exposure_pools SET priced = :priced WHERE store_id = :store_id AND pool = :pool;

-- name: price!
-- Opening prices; uses stay.
INSERT INTO exposures (store_id, pool, item_id, uses, price, at)
SELECT :store_id, :pool, i, 0, p, :at
FROM unnest(:item_ids::bigint[], :prices::double precision[]) AS t (i, p) ORDER BY i
ON CONFLICT (store_id, pool, item_id) DO UPDATE SET price = excluded.price, at = excluded.at;

-- name: examinees$
-- How many have begun; 1 where none was counted: whose test began under 0.1.0.
SELECT coalesce(max(examinees), 1) FROM exposure_pools WHERE store_id = :store_id AND pool = :pool;

-- name: exposures
-- The items that have been met or have a price.
SELECT item_id, uses, price, at FROM exposures WHERE store_id = :store_id AND pool = :pool;

-- name: meet!
-- One more use: the price falls to what it is now (adaptive.selection.exposure.fallen) and rises by the use.
INSERT INTO exposures AS e (store_id, pool, item_id, uses, price, at)
VALUES (:store_id, :pool, :item_id, 1, :speed::double precision, :at)
ON CONFLICT (store_id, pool, item_id) DO UPDATE SET
    uses = e.uses + 1,
    price = greatest(0, e.price - :fall::double precision * greatest(0, excluded.at - e.at)) + :speed::double precision,
    at = greatest(e.at, excluded.at);
