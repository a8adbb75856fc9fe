-- name: discovered_since
-- What transactions from `since` on have discovered (0: all), at least one row: with the horizon to read on from, which
-- no transaction that is still open lies before, and the database. Transactions of the future are a restored dump's,
-- other than the caller's own, which may be newer than any that has ended.
-- Lateral, because the few that are new are to be looked up one by one, whatever a plan for any `since` expects.
SELECT now.horizon, now.database, new.*
FROM (SELECT pg_snapshot_xmin(s)::text::bigint AS horizon, pg_snapshot_xmax(s)::text::bigint AS upto,
          pg_current_xact_id_if_assigned()::text::bigint AS own,
          (SELECT oid::bigint FROM pg_database WHERE datname = current_database()) AS database
      FROM pg_current_snapshot() AS s) AS now
LEFT JOIN (SELECT d.item_id, d.skill_ids, d.choices, d.container_ids, d.found, d.written, a.iri,
               a.definition->>'type' AS type, a.definition->>'interactionType' AS interaction,
               a.definition->'name' AS name, a.definition->>'moreInfo' AS more
           FROM discoveries d CROSS JOIN LATERAL (
               SELECT iri, definition FROM activities WHERE store_id = d.store_id AND id = d.item_id LIMIT 1) AS a
           WHERE d.store_id = :store_id AND d.written >= :since::bigint) AS new
    ON :since = 0 OR new.written < now.upto OR new.written = now.own
ORDER BY new.found, new.item_id;

-- name: discovered
-- Activities met in evidence, with what the record knows of them.
SELECT d.item_id, d.skill_ids, d.choices, d.container_ids, d.found, a.iri, a.definition->>'type' AS type,
    a.definition->>'interactionType' AS interaction, a.definition->'name' AS name,
    a.definition->>'moreInfo' AS more
FROM discoveries d JOIN activities a ON a.store_id = d.store_id AND a.id = d.item_id
WHERE d.store_id = :store_id ORDER BY d.item_id;

-- name: discovered_names
-- What some of the activities met in evidence are called.
SELECT a.iri, a.definition->'name' AS name FROM discoveries d
CROSS JOIN LATERAL (SELECT iri, definition FROM activities WHERE store_id = d.store_id AND id = d.item_id LIMIT 1) AS a
WHERE d.store_id = :store_id ORDER BY d.item_id LIMIT :most;

-- name: described
-- What the record knows of activities, skills named in statements among them.
SELECT id, iri, definition->'name' AS name FROM activities
WHERE store_id = :store_id AND id = ANY(:ids::bigint[]);
