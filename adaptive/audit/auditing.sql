-- name: lock$
-- The one auditor of a store, until the transaction ends; false where another is at it.
SELECT pg_try_advisory_xact_lock(hashtextextended('audit', :store_id));

-- name: waiting_stores
-- Stores with predictions to score.
SELECT s.id AS store_id FROM stores s WHERE EXISTS (SELECT FROM unscored u WHERE u.store_id = s.id) ORDER BY 1;

-- name: take_unscored
-- The oldest predictions, so many or the rest of a fold more, taken off the queue.
DELETE FROM unscored WHERE store_id = :store_id AND id IN (
    SELECT id FROM (
        SELECT id, sum(predictions) OVER (ORDER BY id) - predictions AS before
        FROM (SELECT id, predictions FROM unscored WHERE store_id = :store_id ORDER BY id LIMIT :most) AS oldest) AS counted
    WHERE before < :most)
RETURNING id, data;

-- name: watches
-- What is remembered of items.
SELECT item_id, answers, harder, easier, shift, precision FROM item_watches
WHERE store_id = :store_id AND item_id = ANY(:item_ids::bigint[]);

-- name: save_watches!
-- Remembers items.
INSERT INTO item_watches (store_id, item_id, answers, harder, easier, shift, precision)
SELECT :store_id, * FROM unnest(:item_ids::bigint[], :answers::integer[], :harder::double precision[],
    :easier::double precision[], :shifts::double precision[], :precisions::double precision[])
ON CONFLICT (store_id, item_id) DO UPDATE SET answers = excluded.answers, harder = excluded.harder,
    easier = excluded.easier, shift = excluded.shift, precision = excluded.precision;

-- name: add_scores!
-- Adds cells to the histogram.
INSERT INTO prediction_scores AS p (store_id, day, course_id, familiarity, bin, count, "right", score, probability,
    log_loss, square, challenger_log_loss)
SELECT :store_id, :day::date, * FROM unnest(:courses::bigint[], :familiarities::smallint[], :bins::smallint[],
    :counts::bigint[], :rights::bigint[], :scores::double precision[], :probabilities::double precision[],
    :log_losses::double precision[], :squares::double precision[], :challenger_log_losses::double precision[])
ON CONFLICT (store_id, day, course_id, familiarity, bin) DO UPDATE SET count = p.count + excluded.count,
    "right" = p."right" + excluded."right", score = p.score + excluded.score,
    probability = p.probability + excluded.probability, log_loss = p.log_loss + excluded.log_loss,
    square = p.square + excluded.square,
    challenger_log_loss = p.challenger_log_loss + excluded.challenger_log_loss;

-- name: recent_losses$
-- The newest losses, oldest first.
SELECT losses FROM recent_losses WHERE store_id = :store_id;

-- name: save_losses!
-- Remembers the newest losses.
INSERT INTO recent_losses (store_id, losses) VALUES (:store_id, :losses::real[])
ON CONFLICT (store_id) DO UPDATE SET losses = excluded.losses;

-- name: raise_alarms!
-- Puts alarms on record.
INSERT INTO engine_alarms (store_id, raised, kind, item_id)
SELECT :store_id, :raised, * FROM unnest(:kinds::text[], :item_ids::bigint[]);

-- name: scores
-- The histogram since a day, by course and familiarity.
SELECT course_id, familiarity, bin, sum(count)::bigint AS count, sum("right")::bigint AS "right", sum(score) AS score,
    sum(probability) AS probability, sum(log_loss) AS log_loss, sum(square) AS square,
    sum(challenger_log_loss) AS challenger_log_loss
FROM prediction_scores WHERE store_id = :store_id AND day >= :since GROUP BY course_id, familiarity, bin;

-- name: scores_everywhere
-- The histogram of the last seven days over all stores, of these familiarities.
SELECT bin, sum(count)::bigint AS count, sum("right")::bigint AS "right", sum(score) AS score,
    sum(probability) AS probability, sum(log_loss) AS log_loss, sum(square) AS square,
    sum(challenger_log_loss) AS challenger_log_loss
FROM prediction_scores
WHERE day > (now() AT TIME ZONE 'utc')::date - 7 AND familiarity = ANY(:familiarities::smallint[]) GROUP BY bin;

-- name: recent_alarms$
-- How many alarms of the last seven days there are.
SELECT count(*) FROM engine_alarms WHERE raised > now() - interval '7 days';

-- name: alarms
-- The newest alarms.
SELECT raised, kind, item_id FROM engine_alarms
WHERE store_id = :store_id AND raised >= :since ORDER BY id DESC LIMIT :most;

-- name: waiting$
-- How many predictions wait to be scored.
SELECT coalesce(sum(predictions), 0)::bigint FROM unscored WHERE store_id = :store_id;
