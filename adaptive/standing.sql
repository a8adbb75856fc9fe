-- name: gathered^
-- All that a recommendation weighs of one learner, as of one moment: the row of `learners` (nulls for one never seen), who
-- the record knows the learner as, and arrays of records. `most` rows of evidence tell what was met, the `latest` folded
-- ones how sure the learner was.
WITH alias AS MATERIALIZED (
    SELECT :learner_id::bigint AS id
    WHERE NOT EXISTS (SELECT FROM identities WHERE store_id = :store_id AND agent_id = :learner_id)
    UNION ALL SELECT agent_id FROM identities WHERE store_id = :store_id AND learner_id = :learner_id),
membership AS MATERIALIZED (
    SELECT c.id, c.role, c.path, c.policy, c.due, m.joined
    FROM cohort_members m JOIN cohorts c ON c.store_id = m.store_id AND c.id = m.cohort_id
    WHERE m.store_id = :store_id AND m.learner_id = :learner_id)
SELECT l.*,
    array(SELECT id FROM alias) AS agents,
    array(SELECT row(role, path, policy, due, joined) FROM membership ORDER BY id) AS groups,
    array(SELECT row(skill, level, due) FROM goals
          WHERE store_id = :store_id AND learner_id = :learner_id ORDER BY skill) AS goals,
    (SELECT row(formats, only_formats, language, weekly_minutes, adaptive) FROM preferences
     WHERE store_id = :store_id AND learner_id = :learner_id) AS preferences,
    array(SELECT row(skill, level) FROM self_assessments
          WHERE store_id = :store_id AND learner_id = :learner_id) AS rated,
    array(SELECT DISTINCT ON (activity) row(activity, answer, until) FROM feedback
          WHERE store_id = :store_id AND learner_id = :learner_id
            AND answer IN ('accepted', 'refused', 'postponed', 'known')
          ORDER BY activity, id DESC) AS answers,
    array(SELECT row(activity, action, due, note, author, made) FROM overrides
          WHERE store_id = :store_id AND (learner_id = :learner_id OR cohort_id = ANY(array(SELECT id FROM membership)))
          ORDER BY id) AS words,
    array(SELECT row(item_id, count(*), max(timestamp), bool_or(verb = 4 OR verb = 7 OR score >= 0.5))
          FROM (SELECT item_id, timestamp, verb, score FROM evidence
                WHERE store_id = :store_id AND agent_id = ANY(array(SELECT id FROM alias))
                ORDER BY timestamp DESC LIMIT :most) AS lately
          GROUP BY item_id) AS seen,
    array(SELECT row(e.folded_skill_ids, e.confidence, e.score)
          FROM alias CROSS JOIN LATERAL (
              SELECT timestamp, statement_id, folded_skill_ids, confidence, score FROM evidence
              WHERE store_id = :store_id AND agent_id = alias.id AND folded_skill_ids IS NOT NULL
              ORDER BY timestamp DESC, statement_id DESC LIMIT :latest) AS e
          ORDER BY e.timestamp DESC, e.statement_id DESC LIMIT :latest) AS sure
FROM (SELECT) AS always LEFT JOIN learners l ON l.store_id = :store_id AND l.learner_id = :learner_id;
