-- name: create$
-- A new cohort; nothing where the name is taken.
INSERT INTO cohorts (store_id, name, role, path, policy, due, created)
VALUES (:store_id, :name, :role, :path, :policy, :due, :created)
ON CONFLICT (store_id, name) DO NOTHING RETURNING id;

-- name: change$
-- Another role, path, policy or due date.
UPDATE cohorts SET role = :role, path = :path, policy = :policy, due = :due
WHERE store_id = :store_id AND id = :cohort_id RETURNING id;

-- name: remove$
-- Dissolves a cohort.
WITH members AS (DELETE FROM cohort_members WHERE store_id = :store_id AND cohort_id = :cohort_id),
    words AS (DELETE FROM overrides WHERE store_id = :store_id AND cohort_id = :cohort_id)
DELETE FROM cohorts WHERE store_id = :store_id AND id = :cohort_id RETURNING id;

-- name: of_store
-- The cohorts of a store with their size.
SELECT c.id, c.name, c.role, c.path, c.policy, c.due, c.created,
    (SELECT count(*) FROM cohort_members m WHERE m.store_id = c.store_id AND m.cohort_id = c.id) AS members
FROM cohorts c WHERE c.store_id = :store_id ORDER BY lower(c.name);

-- name: one^
-- One cohort.
SELECT id, name, role, path, policy, due, created FROM cohorts WHERE store_id = :store_id AND id = :cohort_id;

-- name: join!
-- Makes a learner a member.
INSERT INTO cohort_members (store_id, cohort_id, learner_id, agent, joined)
VALUES (:store_id, :cohort_id, :learner_id, :agent, :joined) ON CONFLICT DO NOTHING;

-- name: leave$
-- Ends a membership.
DELETE FROM cohort_members WHERE store_id = :store_id AND cohort_id = :cohort_id AND learner_id = :learner_id
RETURNING learner_id;

-- name: members
-- The members of a cohort.
SELECT m.learner_id, m.agent, m.joined, a.names FROM cohort_members m
LEFT JOIN agents a ON a.store_id = m.store_id AND a.id = m.learner_id
WHERE m.store_id = :store_id AND m.cohort_id = :cohort_id ORDER BY m.learner_id;

-- name: of_learner
-- The cohorts a learner belongs to.
SELECT c.id, c.name, c.role, c.path, c.policy, c.due, m.joined FROM cohort_members m
JOIN cohorts c ON c.store_id = m.store_id AND c.id = m.cohort_id
WHERE m.store_id = :store_id AND m.learner_id = :learner_id ORDER BY c.id;

-- name: forget_word!
-- What was said before of the same activity, for the same cohort or learner.
DELETE FROM overrides
WHERE store_id = :store_id AND activity = :activity
  AND (cohort_id = :cohort_id::bigint OR learner_id = :learner_id::bigint);

-- name: add_override$
-- A trainer's word on an activity.
INSERT INTO overrides (store_id, cohort_id, learner_id, activity, action, due, note, author, made)
VALUES (:store_id, :cohort_id, :learner_id, :activity, :action, :due, :note, :author, :made) RETURNING id;

-- name: remove_override$
-- Takes a word back.
DELETE FROM overrides WHERE store_id = :store_id AND id = :id RETURNING id;

-- name: overrides_of_store
-- All words of trainers, the newest first.
SELECT o.id, o.cohort_id, c.name AS cohort, o.learner_id, o.activity, o.action, o.due, o.note, o.author, o.made
FROM overrides o LEFT JOIN cohorts c ON c.store_id = o.store_id AND c.id = o.cohort_id
WHERE o.store_id = :store_id ORDER BY o.id DESC;

-- name: overrides_of
-- What trainers said for a learner or a cohort of theirs.
SELECT o.id, o.cohort_id, c.name AS cohort, o.activity, o.action, o.due, o.note, o.author, o.made
FROM overrides o LEFT JOIN cohorts c ON c.store_id = o.store_id AND c.id = o.cohort_id
WHERE o.store_id = :store_id AND (o.learner_id = :learner_id OR o.cohort_id = ANY(:cohort_ids::bigint[]))
ORDER BY o.id;

-- name: levels
-- Members of a cohort with evidence, and what is told of their skills.
SELECT l.learner_id, l.skills
FROM cohort_members m JOIN learners l ON l.store_id = m.store_id AND l.learner_id = m.learner_id
WHERE m.store_id = :store_id AND m.cohort_id = :cohort_id;

-- name: levels_of_store
-- What is told of everybody's skills, by learner, a page at a time.
SELECT learner_id, skills FROM learners
WHERE store_id = :store_id AND learner_id > :after ORDER BY learner_id LIMIT :most;

-- name: learners_page
-- Learners with evidence by id, with who they are.
SELECT l.learner_id, l.responses, l.updated, l.last_place, a.identity, a.names FROM learners l
LEFT JOIN agents a ON a.store_id = l.store_id AND a.id = l.learner_id
WHERE l.store_id = :store_id AND l.learner_id > :after ORDER BY l.learner_id LIMIT :most;
