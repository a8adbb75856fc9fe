-- name: learner^
-- The state of a learner and what is told from it.
SELECT * FROM learners WHERE store_id = :store_id AND learner_id = :learner_id;
