-- name: heads^
-- The newest versions of a store's catalogue, shared parameters and constants of learning, nulls where there is none; and
-- whether anybody of the store is to be replayed.
SELECT c.version AS catalogue, c.digest AS catalogue_digest, h.version AS parameters, h.digest AS parameters_digest,
    coalesce(h.frozen, false) AS frozen, p.version AS population, p.constants,
    EXISTS (SELECT FROM refolds WHERE store_id = :store_id)
    OR EXISTS (SELECT FROM evidence_voids WHERE store_id = :store_id AND pending) AS disturbed
FROM (SELECT) AS always
LEFT JOIN LATERAL (
    SELECT version, digest FROM catalogue_versions WHERE store_id = :store_id ORDER BY version DESC LIMIT 1) AS c ON true
LEFT JOIN parameter_heads h ON h.store_id = :store_id
LEFT JOIN LATERAL (
    SELECT version, constants FROM populations WHERE store_id = :store_id ORDER BY version DESC LIMIT 1) AS p ON true;
