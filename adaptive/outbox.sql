-- name: put!
-- Keeps a statement until it is in the record; what is there has been told already.
INSERT INTO outbox (store_id, id, statement) SELECT :store_id, :id, :statement
WHERE NOT EXISTS (SELECT FROM statements s WHERE s.store_id = :store_id AND s.id = :id) ON CONFLICT DO NOTHING;

-- name: waiting
-- Statements on their way, the oldest first.
SELECT store_id, id, statement FROM outbox ORDER BY made, id LIMIT :most;

-- name: delivered!
-- These are in the record.
DELETE FROM outbox WHERE store_id = :store_id AND id = ANY(:ids::uuid[]);
