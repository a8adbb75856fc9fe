-- name: lock!
-- One change of a store's identities at a time, until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('identities', :store_id));

-- name: identities
-- How these agents are known: from the record, or from when they were merged.
SELECT coalesce(a.identity, i.agent) AS agent
FROM unnest(:agent_ids::bigint[]) AS w(id)
LEFT JOIN agents a ON a.store_id = :store_id AND a.id = w.id
LEFT JOIN identities i ON i.store_id = :store_id AND i.agent_id = w.id
WHERE coalesce(a.identity, i.agent) IS NOT NULL;

-- name: erase$
-- All that the adaptive service keeps of a person; how many rows of each kind. Answers that came meanwhile stay with their
-- statements.
WITH answers AS (
    DELETE FROM evidence
    WHERE store_id = :store_id AND agent_id = ANY(:agent_ids::bigint[]) AND statement_id = ANY(:statement_ids::uuid[])
    RETURNING 1), voided AS (
    DELETE FROM evidence_voids WHERE store_id = :store_id AND statement_id = ANY(:statement_ids::uuid[])), states AS (
    DELETE FROM learners WHERE store_id = :store_id AND learner_id = ANY(:agent_ids::bigint[])
    RETURNING state), marks AS (
    DELETE FROM checkpoints WHERE store_id = :store_id AND learner_id = ANY(:agent_ids::bigint[])), replays AS (
    DELETE FROM refolds WHERE store_id = :store_id AND learner_id = ANY(:agent_ids::bigint[])), same AS (
    DELETE FROM identities
    WHERE store_id = :store_id AND (agent_id = ANY(:agent_ids::bigint[]) OR learner_id = ANY(:agent_ids::bigint[]))), member AS (
    DELETE FROM cohort_members WHERE store_id = :store_id AND learner_id = ANY(:agent_ids::bigint[]) RETURNING 1), words AS (
    DELETE FROM overrides WHERE store_id = :store_id AND learner_id = ANY(:agent_ids::bigint[]) RETURNING 1), aims AS (
    DELETE FROM goals WHERE store_id = :store_id AND learner_id = ANY(:agent_ids::bigint[]) RETURNING 1), wished AS (
    DELETE FROM preferences WHERE store_id = :store_id AND learner_id = ANY(:agent_ids::bigint[]) RETURNING 1), rated AS (
    DELETE FROM self_assessments WHERE store_id = :store_id AND learner_id = ANY(:agent_ids::bigint[]) RETURNING 1), talks AS (
    DELETE FROM coaching WHERE store_id = :store_id AND learner_id = ANY(:agent_ids::bigint[]) RETURNING 1), company AS (
    DELETE FROM peers WHERE store_id = :store_id AND learner_id = ANY(:agent_ids::bigint[]) RETURNING 1), said AS (
    DELETE FROM feedback WHERE store_id = :store_id AND learner_id = ANY(:agent_ids::bigint[]) RETURNING 1), made AS (
    DELETE FROM decisions WHERE store_id = :store_id AND learner_id = ANY(:agent_ids::bigint[]) RETURNING 1), tests AS (
    DELETE FROM placements WHERE store_id = :store_id AND learner_id = ANY(:agent_ids::bigint[]) RETURNING 1), tokens AS (
    DELETE FROM learner_tokens t USING unnest(:agents::text[]) AS w(agent)
    WHERE t.store_id = :store_id AND t.agent @> w.agent::jsonb), waiting AS (
    DELETE FROM outbox o USING unnest(:agents::text[]) AS w(agent)
    WHERE o.store_id = :store_id AND o.statement -> 'actor' @> w.agent::jsonb)
SELECT jsonb_build_object(
    'answers', (SELECT count(*) FROM answers), 'estimates', (SELECT count(state) FROM states),
    'memberships', (SELECT count(*) FROM member) + (SELECT count(*) FROM company),
    'wishes', (SELECT count(*) FROM aims) + (SELECT count(*) FROM wished) + (SELECT count(*) FROM rated),
    'trainers_words', (SELECT count(*) FROM words) + (SELECT count(*) FROM talks),
    'decisions', (SELECT count(*) FROM made) + (SELECT count(*) FROM said),
    'placements', (SELECT count(*) FROM tests));
