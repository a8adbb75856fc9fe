-- name: before
-- The last checkpoint of each learner before a place of its own in the fold order.
SELECT DISTINCT ON (c.learner_id) c.*
FROM unnest(:learner_ids::bigint[], :places::bytea[]) AS w (learner_id, place)
JOIN checkpoints c ON c.store_id = :store_id AND c.learner_id = w.learner_id AND c.last_place < w.place
ORDER BY c.learner_id, c.last_place DESC;

-- name: drop!
-- Checkpoints after a place from which on the past has changed; of all that was, where the place is null.
DELETE FROM checkpoints c
USING unnest(:learner_ids::bigint[], :places::bytea[]) AS w (learner_id, place)
WHERE c.store_id = :store_id AND c.learner_id = w.learner_id AND (w.place IS NULL OR c.last_place >= w.place);

-- name: keep!
-- Learners as they are stored now, each in a slot.
INSERT INTO checkpoints (store_id, learner_id, slot, state, skills, last_place)
SELECT l.store_id, l.learner_id, w.slot, l.state, l.skills, l.last_place
FROM unnest(:learner_ids::bigint[], :slots::smallint[]) AS w (learner_id, slot)
JOIN learners l ON l.store_id = :store_id AND l.learner_id = w.learner_id
ON CONFLICT (store_id, learner_id, slot) DO UPDATE
SET state = excluded.state, skills = excluded.skills, last_place = excluded.last_place;
