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
