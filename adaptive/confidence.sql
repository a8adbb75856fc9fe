-- name: latest
-- The latest answers of each agent: on which skills, how sure the learner was, and how it went; the newest first.
SELECT e.timestamp, e.folded_skill_ids AS skill_ids, e.confidence, e.score
FROM unnest(:agent_ids::bigint[]) AS a(id)
CROSS JOIN LATERAL (
    SELECT timestamp, statement_id, folded_skill_ids, confidence, score FROM evidence
    WHERE store_id = :store_id AND agent_id = a.id AND folded_skill_ids IS NOT NULL
    ORDER BY timestamp DESC, statement_id DESC LIMIT :most) AS e
ORDER BY e.timestamp DESC, e.statement_id DESC LIMIT :most;

-- name: quadrants
-- By skill, how many answers were given surely or not, and were right or not.
SELECT s.skill_id,
    count(*) FILTER (WHERE e.confidence >= :sure AND e.score >= 0.5) AS sure_right,
    count(*) FILTER (WHERE e.confidence >= :sure AND e.score < 0.5) AS sure_wrong,
    count(*) FILTER (WHERE e.confidence < :sure AND e.score >= 0.5) AS unsure_right,
    count(*) FILTER (WHERE e.confidence < :sure AND e.score < 0.5) AS unsure_wrong
FROM evidence e CROSS JOIN LATERAL unnest(e.folded_skill_ids) AS s(skill_id)
WHERE e.store_id = :store_id AND e.agent_id = ANY(:agent_ids::bigint[])
  AND e.confidence IS NOT NULL
GROUP BY s.skill_id;
