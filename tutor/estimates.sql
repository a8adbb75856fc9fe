-- name: levels(store_id, learner_id, skill_ids)
-- What is known of a learner's skills.
SELECT s.mean, s.sd, s.evidence
FROM skill_levels s
WHERE s.store_id = :store_id
  AND s.learner_id = coalesce(
      (SELECT i.learner_id FROM identities i WHERE i.store_id = :store_id AND i.agent_id = :learner_id), :learner_id)
  AND s.skill_id = ANY(:skill_ids::bigint[]);
