-- name: before
-- The last checkpoint of each learner before a place of its own in the fold order.
SELECT DISTINCT ON (c.learner_id) c.*
FROM unnest(:learner_ids::bigint[], :timestamps::timestamptz[], :storeds::timestamptz[], :positions::integer[],
    :statement_ids::uuid[]) AS w (learner_id, "timestamp", stored, position, statement_id)
JOIN checkpoints c ON c.store_id = :store_id AND c.learner_id = w.learner_id
    AND (c.last_timestamp, c.last_stored, c.last_position, c.last_statement_id)
        < (w."timestamp", w.stored, w.position, w.statement_id)
ORDER BY c.learner_id, c.last_timestamp DESC, c.last_stored DESC, c.last_position DESC, c.last_statement_id DESC;

-- name: drop!
-- Checkpoints after a place from which on the past has changed; of all that was, where the place is null.
DELETE FROM checkpoints c
USING unnest(:learner_ids::bigint[], :timestamps::timestamptz[], :storeds::timestamptz[], :positions::integer[],
    :statement_ids::uuid[]) AS w (learner_id, "timestamp", stored, position, statement_id)
WHERE c.store_id = :store_id AND c.learner_id = w.learner_id
    AND (w."timestamp" IS NULL OR (c.last_timestamp, c.last_stored, c.last_position, c.last_statement_id)
        >= (w."timestamp", w.stored, w.position, w.statement_id));

-- name: keep!
-- Learners as they are stored now, each in a slot.
INSERT INTO checkpoints (store_id, learner_id, slot, state, skills, last_timestamp, last_stored, last_position,
    last_statement_id)
SELECT l.store_id, l.learner_id, w.slot, l.state, l.skills, l.last_timestamp, l.last_stored, l.last_position,
    l.last_statement_id
FROM unnest(:learner_ids::bigint[], :slots::smallint[]) AS w (learner_id, slot)
JOIN learners l ON l.store_id = :store_id AND l.learner_id = w.learner_id
ON CONFLICT (store_id, learner_id, slot) DO UPDATE
SET state = excluded.state, skills = excluded.skills, last_timestamp = excluded.last_timestamp,
    last_stored = excluded.last_stored, last_position = excluded.last_position,
    last_statement_id = excluded.last_statement_id;
