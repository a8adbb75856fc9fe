-- name: waiting_agents
-- Agents with evidence that was stored until a moment and is not folded yet, after a place, and the learners they belong
-- to; the caller locks these.
SELECT store_id, agent_id, coalesce(i.learner_id, agent_id) AS learner_id, count(*) AS rows FROM (
    SELECT store_id, agent_id FROM evidence
    WHERE version IS NULL AND (store_id, agent_id) > (:after_store, :after_agent)
        AND stored <= :until AND agent_id <> ALL(:excluded::bigint[])
    ORDER BY store_id, agent_id LIMIT :most) AS portion
LEFT JOIN identities i USING (store_id, agent_id)
GROUP BY store_id, agent_id, i.learner_id ORDER BY store_id, agent_id;

-- name: waiting_refolds
-- Learners whose state no longer follows from the record.
SELECT DISTINCT store_id, learner_id FROM refolds LIMIT :most;

-- name: waiting_voids
-- Voided statements nobody has looked at yet, with the agent where they are evidence.
SELECT v.store_id, v.statement_id, e.agent_id
FROM evidence_voids v
LEFT JOIN statements s ON s.store_id = v.store_id AND s.id = v.statement_id
LEFT JOIN evidence e ON e.store_id = v.store_id AND e.agent_id = s.actor AND e.statement_id = v.statement_id
WHERE v.pending LIMIT :most;

-- name: backlog$
-- Rows of evidence that nobody has folded yet, of all stores; found by a partial index.
SELECT count(*) FROM evidence WHERE version IS NULL;

-- name: settle_voids!
-- Voids of what is no evidence. If it is still on its way, the fold that meets it sees that it is voided.
UPDATE evidence_voids SET pending = false
WHERE store_id = :store_id AND statement_id = ANY(:statement_ids::uuid[]);
