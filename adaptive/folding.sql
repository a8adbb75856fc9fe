-- name: waiting_of^
-- The learner that an agent is, and whether anything is to be folded for any agent that the learner is.
WITH who AS MATERIALIZED (
    SELECT coalesce((SELECT learner_id FROM identities WHERE store_id = :store_id AND agent_id = :agent_id), :agent_id)
        AS learner_id),
alias AS MATERIALIZED (
    SELECT learner_id AS id FROM who
    UNION ALL SELECT i.agent_id FROM who JOIN identities i ON i.store_id = :store_id AND i.learner_id = who.learner_id)
SELECT learner_id,
    EXISTS (SELECT FROM evidence
            WHERE store_id = :store_id AND agent_id = ANY(array(SELECT id FROM alias)) AND version IS NULL)
    OR EXISTS (SELECT FROM refolds WHERE store_id = :store_id AND learner_id = who.learner_id)
    OR EXISTS (SELECT FROM evidence_voids v JOIN statements s ON s.store_id = v.store_id AND s.id = v.statement_id
               WHERE v.store_id = :store_id AND v.pending AND s.actor = ANY(array(SELECT id FROM alias))) AS waiting
FROM who;

-- name: learners_of
-- The learners that agents belong to.
SELECT a.agent_id, coalesce(i.learner_id, a.agent_id) AS learner_id
FROM unnest(:agent_ids::bigint[]) AS a (agent_id)
LEFT JOIN identities i ON i.store_id = :store_id AND i.agent_id = a.agent_id;

-- name: merged
-- Agents that were merged into these learners, and the learners that these agents were merged into.
SELECT learner_id, agent_id FROM identities
WHERE store_id = :store_id AND (learner_id = ANY(:ids::bigint[]) OR agent_id = ANY(:ids::bigint[]));

-- name: begin_learners
-- Rows, and so locks, of learners seen for the first time; nothing of those whom somebody else has made meanwhile.
INSERT INTO learners (store_id, learner_id) SELECT :store_id, l.id FROM unnest(:learner_ids::bigint[]) AS l (id)
ORDER BY l.id ON CONFLICT DO NOTHING
RETURNING learner_id, state, responses;

-- name: lock_learners
-- The learners' locks, waiting for whoever has them.
SELECT learner_id, state, skills, responses, last_place
FROM learners WHERE store_id = :store_id AND learner_id = ANY(:learner_ids::bigint[])
ORDER BY learner_id FOR UPDATE;

-- name: lock_free_learners
-- The locks of those learners whom nobody is folding.
SELECT learner_id, state, skills, responses, last_place
FROM learners WHERE store_id = :store_id AND learner_id = ANY(:learner_ids::bigint[])
ORDER BY learner_id FOR UPDATE SKIP LOCKED;

-- name: take_refolds
-- Why these learners are to be replayed, taken off the queue.
WITH taken AS (
    DELETE FROM refolds WHERE store_id = :store_id AND learner_id = ANY(:learner_ids::bigint[])
    RETURNING learner_id, afresh)
SELECT learner_id, bool_or(afresh) AS afresh FROM taken GROUP BY learner_id;

-- name: take_voids
-- Voided evidence of these agents, taken off the queue; `counted` where it may be in a learner's state.
UPDATE evidence_voids v SET pending = false
FROM statements s, evidence e
WHERE v.store_id = :store_id AND v.pending
  AND s.store_id = v.store_id AND s.id = v.statement_id AND s.actor = ANY(:agent_ids::bigint[])
  AND e.store_id = v.store_id AND e.agent_id = s.actor AND e.statement_id = v.statement_id
RETURNING e.agent_id, place_of(e.timestamp, e.stored, e.position, e.statement_id) AS place,
    e.version IS NOT NULL AND e.kind <> 0 AS counted;

-- name: unfolded
-- New evidence of these agents, as adaptive.pieces has it.
SELECT e.agent_id, place_of(e.timestamp, e.stored, e.position, e.statement_id), e.ctid, e.item_id, e.kind, e.verb, e.score,
    e.choices, e.hints, e.registration, e.response_hash, e.skill_ids, e.container_ids, e.version, e.folded_skill_ids,
    e.guessing, e.weight, e.prediction, v.statement_id IS NOT NULL
FROM evidence e LEFT JOIN evidence_voids v ON v.store_id = e.store_id AND v.statement_id = e.statement_id
WHERE e.store_id = :store_id AND e.agent_id = ANY(:agent_ids::bigint[]) AND e.version IS NULL;

-- name: evidence_since
-- Folded evidence of agents, each from a moment of its own on, as adaptive.pieces has it.
SELECT e.agent_id, place_of(e.timestamp, e.stored, e.position, e.statement_id), e.ctid, e.item_id, e.kind, e.verb, e.score,
    e.choices, e.hints, e.registration, e.response_hash, e.skill_ids, e.container_ids, e.version, e.folded_skill_ids,
    e.guessing, e.weight, e.prediction, v.statement_id IS NOT NULL
FROM unnest(:agent_ids::bigint[], :moments::timestamptz[]) AS a (agent_id, moment)
JOIN evidence e ON e.store_id = :store_id AND e.agent_id = a.agent_id AND e.timestamp >= a.moment
LEFT JOIN evidence_voids v ON v.store_id = e.store_id AND v.statement_id = e.statement_id
WHERE e.version IS NOT NULL;

-- name: request_refold!
-- Puts a learner on the queue of those to replay.
INSERT INTO refolds (store_id, learner_id, reason, afresh) VALUES (:store_id, :learner_id, :reason, :afresh);
