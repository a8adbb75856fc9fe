-- name: note_talk$
-- A talk and what was agreed.
INSERT INTO coaching (store_id, learner_id, author, note, next_step, activity, due, made)
VALUES (:store_id, :learner_id, :author, :note, :next_step, :activity, :due, :made) RETURNING id;

-- name: talks
-- The talks with a learner, the newest first.
SELECT id, author, note, next_step, activity, due, made FROM coaching
WHERE store_id = :store_id AND learner_id = :learner_id ORDER BY id DESC LIMIT :most;
