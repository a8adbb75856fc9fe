-- name: responses$
-- How many answers of a learner were folded.
SELECT responses FROM learners WHERE store_id = :store_id AND learner_id = :learner_id;

-- name: history
-- What a learner did, the newest first: before a moment, or in that very moment with a later id.
SELECT e.timestamp, e.statement_id, e.item_id, e.verb, e.score, e.prediction,
    e.folded_skill_ids IS NOT NULL AS counted, v.statement_id IS NOT NULL AS voided,
    coalesce(e.folded_skill_ids, e.skill_ids) AS skills
FROM evidence e LEFT JOIN evidence_voids v ON v.store_id = e.store_id AND v.statement_id = e.statement_id
WHERE e.store_id = :store_id AND e.agent_id = ANY(:agent_ids::bigint[])
    AND (e.timestamp < :before OR e.timestamp = :before AND e.statement_id > :statement)
ORDER BY e.timestamp DESC, e.statement_id LIMIT :most;
