-- name: begin!
-- A test under way.
INSERT INTO placements (store_id, id, learner_id, agent, started, document)
VALUES (:store_id, :id, :learner_id, :agent, :started, :document);

-- name: open_ones
-- A learner's tests under way, the newest first.
SELECT id, agent, started, finished, document FROM placements
WHERE store_id = :store_id AND learner_id = :learner_id AND finished IS NULL ORDER BY started DESC;

-- name: one^
-- A test.
SELECT id, learner_id, agent, started, finished, document FROM placements
WHERE store_id = :store_id AND id = :id;

-- name: locked^
-- A test, for one answer at a time.
SELECT id, learner_id, agent, started, finished, document FROM placements
WHERE store_id = :store_id AND id = :id FOR UPDATE;

-- name: save!
-- What was asked and answered by now.
UPDATE placements SET document = :document, finished = :finished WHERE store_id = :store_id AND id = :id;
