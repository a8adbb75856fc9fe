-- name: outcomes
-- For each member of a cohort: what is told of their skills, and answers counted since joining with their mean score.
SELECT l.skills, answers.responses, answers.score
FROM cohort_members m
LEFT JOIN learners l ON l.store_id = m.store_id AND l.learner_id = m.learner_id
CROSS JOIN LATERAL (
    SELECT count(*) AS responses, avg(e.score) AS score FROM evidence e
    WHERE e.store_id = m.store_id AND e.folded_skill_ids IS NOT NULL AND e.timestamp >= m.joined
      AND e.agent_id = ANY(m.learner_id || array(
          SELECT i.agent_id FROM identities i WHERE i.store_id = m.store_id AND i.learner_id = m.learner_id))
) AS answers
WHERE m.store_id = :store_id AND m.cohort_id = :cohort_id;
