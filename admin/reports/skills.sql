-- name: latest_learners(store_id, most, skip)
-- Learners of a store, whoever answered last first, with who they are.
SELECT l.learner_id, a.identity, a.names
FROM learners l LEFT JOIN agents a ON a.store_id = l.store_id AND a.id = l.learner_id
WHERE l.store_id = :store_id AND l.responses > 0
ORDER BY l.last_place DESC NULLS LAST, l.learner_id
LIMIT :most OFFSET :skip;

-- name: count_learners(store_id)$
-- How many learners of a store have answered anything.
SELECT count(*) FROM learners WHERE store_id = :store_id AND responses > 0;

-- name: levels(store_id, learner_ids)
-- What is told of these learners' skills.
SELECT learner_id, skills FROM learners
WHERE store_id = :store_id AND learner_id = ANY(:learner_ids::bigint[]);

-- name: person(store_id, learner_id)^
-- Who a learner of the store is; nothing for somebody the store does not know as a learner.
SELECT coalesce(
           (SELECT identity FROM agents WHERE store_id = :store_id AND id = :learner_id),
           (SELECT agent FROM cohort_members WHERE store_id = :store_id AND learner_id = :learner_id LIMIT 1),
           (SELECT agent FROM peers WHERE store_id = :store_id AND learner_id = :learner_id LIMIT 1),
           (SELECT agent FROM accounts WHERE store_id = :store_id AND learner_id = :learner_id LIMIT 1)) AS identity,
       (SELECT names FROM agents WHERE store_id = :store_id AND id = :learner_id) AS names
WHERE EXISTS (SELECT FROM learners WHERE store_id = :store_id AND learner_id = :learner_id)
   OR EXISTS (SELECT FROM cohort_members WHERE store_id = :store_id AND learner_id = :learner_id)
   OR EXISTS (SELECT FROM peers WHERE store_id = :store_id AND learner_id = :learner_id);

-- name: names(store_id, ids)
-- What statements have called these agents.
SELECT id, names FROM agents WHERE store_id = :store_id AND id = ANY(:ids::bigint[]);
