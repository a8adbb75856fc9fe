-- name: insert_hint(store_id, learner_id, activity_id, given, level, strategy, model, prompt, question, reason, citations)!
-- Remembers a prompt.
INSERT INTO hints (store_id, learner_id, activity_id, given, level, strategy, model, prompt, question, reason, citations)
VALUES (:store_id, :learner_id, :activity_id, :given, :level, :strategy, :model, :prompt, :question, :reason, :citations);

-- name: open_hints(store_id, agent_ids, activity_id)
-- Prompts given since the learner last answered, the oldest first.
SELECT level, strategy, model, prompt, question, reason, citations, given
FROM hints
WHERE store_id = :store_id AND learner_id = ANY(:agent_ids::bigint[]) AND activity_id = :activity_id
  AND given > coalesce(
      (SELECT max(timestamp) FROM evidence
       WHERE store_id = :store_id AND agent_id = ANY(:agent_ids::bigint[]) AND item_id = :activity_id AND score IS NOT NULL),
      '-infinity')
ORDER BY given, id;

-- name: erase_hints(store_id, agent_ids)$
-- Forgets all prompts of a learner; how many.
WITH gone AS (DELETE FROM hints WHERE store_id = :store_id AND learner_id = ANY(:agent_ids::bigint[]) RETURNING 1)
SELECT count(*) FROM gone;
