-- name: answers
-- What counts of a store's evidence, learner by learner in fold order; of every so many-th learner.
SELECT coalesce(i.learner_id, e.agent_id) AS learner_id, e.item_id, e.score, e.weight, e.guessing,
    e.folded_skill_ids, extract(epoch FROM e.timestamp)::double precision AS time,
    extract(epoch FROM e.stored)::double precision AS stored
FROM evidence e
LEFT JOIN identities i ON i.store_id = e.store_id AND i.agent_id = e.agent_id
LEFT JOIN evidence_voids v ON v.store_id = e.store_id AND v.statement_id = e.statement_id
WHERE e.store_id = $1 AND e.folded_skill_ids IS NOT NULL AND e.score IS NOT NULL AND v.statement_id IS NULL
  AND ($2 = 1 OR mod(coalesce(i.learner_id, e.agent_id), $2) = 0)
ORDER BY 1, e.timestamp, e.stored, e.position, e.statement_id;

-- name: answered$
-- How many answers a store has folded.
SELECT coalesce(sum(responses), 0)::bigint FROM learners WHERE store_id = :store_id;

-- name: relearnt_until$
-- When the last calibration in force that learnt the record again began to read it.
SELECT started FROM calibrations
WHERE store_id = :store_id AND version IS NOT NULL AND rolled_back IS NULL AND gain IS NOT NULL
ORDER BY number DESC LIMIT 1;

-- name: count$
-- How many calibrations there have been.
SELECT count(*) FROM calibrations WHERE store_id = :store_id;

-- name: is_on_hold$
-- Whether nights may not publish.
SELECT held FROM parameter_heads WHERE store_id = :store_id;

-- name: on_hold
-- Stores whose nights may not publish.
SELECT store_id FROM parameter_heads WHERE held ORDER BY store_id;

-- name: hold!
-- Keeps nights from publishing, or lets them.
UPDATE parameter_heads SET held = :held WHERE store_id = :store_id;

-- name: lock$
-- The one calibration of a store at a time, on this connection until it is released; false where another is at it.
SELECT pg_try_advisory_lock(hashtextextended('calibration', :store_id));

-- name: unlock$
-- Ends what `lock` began.
SELECT pg_advisory_unlock(hashtextextended('calibration', :store_id));

-- name: insert_calibration$
-- One more calibration; its number.
INSERT INTO calibrations (store_id, number, started, finished, outcome, basis, version, learners, answers, converged,
    slope, intercept, anchors, champion_loss, challenger_loss, gain, gain_se)
SELECT :store_id, coalesce(max(number), 0) + 1, :started, :finished, :outcome, :basis, :version, :learners, :answers,
    :converged, :slope, :intercept, :anchors, :champion_loss, :challenger_loss,
    :gain, :gain_se
FROM calibrations WHERE store_id = :store_id
RETURNING number;

-- name: last_activated^
-- The calibration whose version is in force, if any.
SELECT number, basis, version FROM calibrations
WHERE store_id = :store_id AND version IS NOT NULL AND rolled_back IS NULL ORDER BY number DESC LIMIT 1;

-- name: mark_rolled_back!
-- Takes a calibration out of force.
UPDATE calibrations SET rolled_back = clock_timestamp() WHERE store_id = :store_id AND number = :number;

-- name: history
-- Calibrations, the newest first.
SELECT * FROM calibrations WHERE store_id = :store_id ORDER BY number DESC LIMIT :most;

-- name: items
-- The items of one calibration.
SELECT * FROM calibrated_items WHERE store_id = :store_id AND number = :number ORDER BY item_id;

-- name: flagged
-- Items of one calibration that ask for attention.
SELECT * FROM calibrated_items WHERE store_id = :store_id AND number = :number AND (misfit OR drifted)
ORDER BY deviation DESC NULLS LAST, item_id LIMIT :most;

-- name: due_stores
-- Stores that have not been calibrated since a moment, with evidence folded since they last were.
SELECT s.id AS store_id FROM stores s
LEFT JOIN LATERAL (SELECT max(started) AS started FROM calibrations WHERE store_id = s.id) c ON true
WHERE (c.started IS NULL OR c.started < :since)
  AND EXISTS (SELECT FROM learners l WHERE l.store_id = s.id AND l.responses > 0
              AND (c.started IS NULL OR l.updated > c.started))
ORDER BY 1;
