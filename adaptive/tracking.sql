-- name: answers
-- The last counted answers of a learner after a place in the fold order (null: from the first), the newest first.
SELECT e.timestamp, e.stored, e.position, e.statement_id, e.item_id, e.folded_skill_ids, e.score, e.guessing, e.weight
FROM evidence e LEFT JOIN evidence_voids v ON v.store_id = e.store_id AND v.statement_id = e.statement_id
WHERE e.store_id = :store_id AND e.agent_id = ANY(:agent_ids::bigint[])
    AND e.folded_skill_ids IS NOT NULL AND e.score IS NOT NULL AND v.statement_id IS NULL
    AND (:timestamp::timestamptz IS NULL OR (e.timestamp, e.stored, e.position, e.statement_id)
        > (:timestamp, :stored::timestamptz, :position::integer, :statement_id::uuid))
ORDER BY e.timestamp DESC, e.stored DESC, e.position DESC, e.statement_id DESC LIMIT :most;

-- name: first_answers
-- The first counted answers of a learner, in fold order.
SELECT e.timestamp, e.stored, e.position, e.statement_id, e.item_id, e.folded_skill_ids, e.score, e.guessing, e.weight
FROM evidence e LEFT JOIN evidence_voids v ON v.store_id = e.store_id AND v.statement_id = e.statement_id
WHERE e.store_id = :store_id AND e.agent_id = ANY(:agent_ids::bigint[])
    AND e.folded_skill_ids IS NOT NULL AND e.score IS NOT NULL AND v.statement_id IS NULL
ORDER BY e.timestamp, e.stored, e.position, e.statement_id LIMIT :most;
