-- name: point!
-- An agent belongs to a learner from now on.
INSERT INTO identities (store_id, agent_id, learner_id, merged)
VALUES (:store_id, :agent_id, :learner_id, clock_timestamp())
ON CONFLICT (store_id, agent_id) DO UPDATE SET learner_id = excluded.learner_id, merged = excluded.merged;

-- name: repoint!
-- Whoever was merged into one learner before goes along.
UPDATE identities SET learner_id = :learner_id, merged = clock_timestamp()
WHERE store_id = :store_id AND learner_id = :old_id;

-- name: drop_learner!
-- A learner that is now part of another has no state of its own.
DELETE FROM learners WHERE store_id = :store_id AND learner_id = :old_id;

-- name: separate!
-- An agent becomes its own learner again.
DELETE FROM identities WHERE store_id = :store_id AND agent_id = :agent_id;

-- name: lock!
-- Both learners' locks.
SELECT 1 FROM learners WHERE store_id = :store_id AND learner_id = ANY(:learner_ids::bigint[])
ORDER BY learner_id FOR UPDATE;
