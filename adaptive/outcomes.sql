-- name: outcomes
-- What came of offers: per decision the first offered activity taken up within a day, and the mean of the next three
-- answers on its skills (from the offer); nothing where there were none.
WITH offered AS (
    SELECT o.*, o.skills::bigint[] AS skill_ids,
        l.learner_id || array(SELECT i.agent_id FROM identities i
            WHERE i.store_id = :store_id AND i.learner_id = l.learner_id) AS agents
    FROM unnest(:decision_ids::uuid[], :agent_ids::bigint[], :made::timestamptz[], :item_ids::bigint[], :skills::text[])
        AS o (decision_id, agent_id, made, item_id, skills)
    CROSS JOIN LATERAL (SELECT coalesce((SELECT i.learner_id FROM identities i
        WHERE i.store_id = :store_id AND i.agent_id = o.agent_id), o.agent_id) AS learner_id) AS l
), taken AS (
    SELECT DISTINCT ON (o.decision_id) o.decision_id, o.agents, o.item_id, o.skill_ids, e.timestamp
    FROM offered o JOIN evidence e ON e.store_id = :store_id AND e.agent_id = ANY(o.agents) AND e.item_id = o.item_id
        AND e.timestamp > o.made AND e.timestamp <= o.made + interval '1 day'
    ORDER BY o.decision_id, e.timestamp
)
SELECT t.decision_id, t.item_id, n.success FROM taken t CROSS JOIN LATERAL (
    SELECT avg(x.score) AS success FROM (
        SELECT e.score FROM evidence e
        WHERE e.store_id = :store_id AND e.agent_id = ANY(t.agents) AND e.timestamp > t.timestamp
            AND e.folded_skill_ids && t.skill_ids AND e.score IS NOT NULL
        ORDER BY e.timestamp LIMIT 3) AS x) AS n
WHERE n.success IS NOT NULL;
