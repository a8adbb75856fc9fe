-- name: insert_repairs!
-- What was mended in statements that were stored.
INSERT INTO repairs (store_id, statement_id, path, repair, credential_id)
SELECT :store_id, id, path, repair, :credential_id
FROM unnest(:ids::uuid[], :paths::text[], :repairs::text[]) AS row (id, path, repair)
ON CONFLICT DO NOTHING;

-- name: latest_repairs
-- The newest repairs of a store.
SELECT r.statement_id, r.path, r.repair, r.made, c.key, c.name
FROM repairs r LEFT JOIN credentials c ON c.id = r.credential_id
WHERE r.store_id = :store_id
ORDER BY r.made DESC
LIMIT :most;

-- name: note_refusal!
-- Count a refused request of a credential.
INSERT INTO refusals AS f (store_id, credential_id, code, times, latest, message)
VALUES (:store_id, :credential_id, :code, 1, now(), :message)
ON CONFLICT (store_id, credential_id, code) DO UPDATE
SET times = f.times + 1, latest = excluded.latest, message = excluded.message;

-- name: refusals
-- What the credentials of a store were refused.
SELECT c.key, c.name, f.code, f.times, f.latest, f.message
FROM refusals f LEFT JOIN credentials c ON c.id = f.credential_id
WHERE f.store_id = :store_id
ORDER BY f.latest DESC;
