-- name: due_stores
-- Stores with decisions since a moment whose bandit is older than another, or older than their newest folds.
SELECT s.id AS store_id FROM stores s LEFT JOIN bandits b ON b.store_id = s.id
WHERE (b.made IS NULL OR b.made < :stale AND EXISTS (
        SELECT FROM learners l WHERE l.store_id = s.id AND l.updated > b.made))
  AND EXISTS (SELECT FROM decisions d WHERE d.store_id = s.id AND d.made >= :since)
ORDER BY 1;

-- name: lock$
-- Become the one that trains a store's bandit, until the transaction ends, unless another is.
SELECT pg_try_advisory_xact_lock(hashtextextended('bandit', :store_id));

-- name: keep!
-- What training led to, in the place of what it led to before.
INSERT INTO bandits (store_id, version, made, model) VALUES (:store_id, 1, :made, :model)
ON CONFLICT (store_id) DO UPDATE SET version = bandits.version + 1, made = excluded.made, model = excluded.model;

-- name: other_than^
-- A store's bandit, unless it is the one of this version.
SELECT version, model FROM bandits WHERE store_id = :store_id AND version <> :version;
