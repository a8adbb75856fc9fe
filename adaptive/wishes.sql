-- name: goals
-- The learner's own goals.
SELECT skill, level, due, made FROM goals WHERE store_id = :store_id AND learner_id = :learner_id ORDER BY skill;

-- name: set_goal!
-- Sets or moves a goal.
INSERT INTO goals (store_id, learner_id, skill, level, due, made)
VALUES (:store_id, :learner_id, :skill, :level, :due, :made)
ON CONFLICT (store_id, learner_id, skill) DO UPDATE
SET level = excluded.level, due = excluded.due, made = excluded.made, merged_from = NULL;

-- name: drop_goal$
-- Gives up a goal.
DELETE FROM goals WHERE store_id = :store_id AND learner_id = :learner_id AND skill = :skill RETURNING skill;

-- name: preferences^
-- What the learner prefers.
SELECT formats, only_formats, language, weekly_minutes, adaptive FROM preferences
WHERE store_id = :store_id AND learner_id = :learner_id;

-- name: set_preferences!
-- Replaces what the learner prefers.
INSERT INTO preferences (store_id, learner_id, formats, only_formats, language, weekly_minutes, adaptive, changed)
VALUES (:store_id, :learner_id, :formats, :only_formats, :language, :weekly_minutes, :adaptive, :changed)
ON CONFLICT (store_id, learner_id) DO UPDATE
SET formats = excluded.formats, only_formats = excluded.only_formats, language = excluded.language,
    weekly_minutes = excluded.weekly_minutes, adaptive = excluded.adaptive, changed = excluded.changed,
    merged_from = NULL;

-- name: self_assessments
-- Where the learner thinks they stand.
SELECT skill, level, made, validated_by, validated FROM self_assessments
WHERE store_id = :store_id AND learner_id = :learner_id ORDER BY skill;

-- name: assess!
-- Sets where the learner thinks they stand; a new one needs validation again.
INSERT INTO self_assessments (store_id, learner_id, skill, level, made)
VALUES (:store_id, :learner_id, :skill, :level, :made)
ON CONFLICT (store_id, learner_id, skill) DO UPDATE
SET level = excluded.level, made = excluded.made, validated_by = NULL, validated = NULL, merged_from = NULL;

-- name: validate_assessment$
-- A trainer agrees with a self-assessment.
UPDATE self_assessments SET validated_by = :author, validated = :made
WHERE store_id = :store_id AND learner_id = :learner_id AND skill = :skill
  AND (:level::double precision IS NULL OR level = :level) RETURNING skill;

-- name: add_feedback!
-- What the learner answered to an offer.
INSERT INTO feedback (store_id, learner_id, decision_id, activity, answer, until, comment, made)
VALUES (:store_id, :learner_id, :decision_id, :activity, :answer, :until, :comment, :made);

-- name: feedback_of
-- All answers of a learner, the newest first.
SELECT decision_id, activity, answer, until, comment, made FROM feedback
WHERE store_id = :store_id AND learner_id = :learner_id ORDER BY id DESC LIMIT :most;

-- name: seconds_spent$
-- Time on evidence since a moment.
SELECT coalesce(sum(least(seconds, 7200)), 0) FROM evidence
WHERE store_id = :store_id AND agent_id = ANY(:agent_ids::bigint[]) AND timestamp >= :since;

-- name: seen
-- Activities a learner has met, of the latest so many rows.
SELECT item_id, count(*) AS times, max(timestamp) AS last,
    bool_or(verb = 4 OR verb = 7 OR score >= 0.5) AS completed
FROM (SELECT item_id, timestamp, verb, score FROM evidence
      WHERE store_id = :store_id AND agent_id = ANY(:agent_ids::bigint[])
      ORDER BY timestamp DESC LIMIT :most) AS latest
GROUP BY item_id;

-- name: completions
-- When activities were completed last.
SELECT item_id, max(timestamp) AS completed FROM evidence
WHERE store_id = :store_id AND agent_id = ANY(:agent_ids::bigint[]) AND item_id = ANY(:item_ids::bigint[])
  AND (verb = 4 OR verb = 7 OR score >= 0.5)
GROUP BY item_id;
