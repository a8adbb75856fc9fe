-- name: identity$
-- The agent that a learner is, as the record knows it.
SELECT identity FROM agents WHERE store_id = :store_id AND id = :learner_id;
