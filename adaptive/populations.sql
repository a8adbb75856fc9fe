-- name: current^
-- The constants of learning in force.
SELECT version, constants FROM populations WHERE store_id = :store_id ORDER BY version DESC LIMIT 1;

-- name: at^
-- The constants of a version.
SELECT version, constants FROM populations WHERE store_id = :store_id AND version = :version;

-- name: due_stores
-- Stores with enough learners whose constants have not been learnt since a moment, and with folds since they were.
SELECT s.id AS store_id FROM stores s
LEFT JOIN LATERAL (SELECT max(made) AS made FROM populations WHERE store_id = s.id) p ON true
WHERE (p.made IS NULL OR p.made < :since)
  AND EXISTS (SELECT FROM learners l WHERE l.store_id = s.id AND (p.made IS NULL OR l.updated > p.made))
  AND (SELECT count(*) FROM (SELECT FROM learners l WHERE l.store_id = s.id AND l.responses >= :answers
                             LIMIT :learners) AS enough) = :learners
ORDER BY 1;

-- name: learners
-- The learners who were folded last.
SELECT learner_id FROM learners WHERE store_id = :store_id AND responses >= :answers
ORDER BY updated DESC, learner_id LIMIT :most;

-- name: keep$
-- One more version, unless another process has made it; its number.
INSERT INTO populations (store_id, version, made, constants) VALUES (:store_id, :version, :made, :constants)
ON CONFLICT DO NOTHING RETURNING version;

-- name: lock$
-- Become the one that learns a store's constants, on this connection, unless another is.
SELECT pg_try_advisory_lock(hashtextextended('population', :store_id));

-- name: unlock$
-- Ends what `lock` began.
SELECT pg_advisory_unlock(hashtextextended('population', :store_id));
