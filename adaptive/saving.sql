-- name: save_learners!
-- Learners' states and all that is told from them; what the fold leaves to be scored and to be learnt, where there is any.
WITH saved AS (
    UPDATE learners l
    SET state = f.state, skills = f.skills, responses = f.responses, last_place = f.place, version = :version,
        updated = clock_timestamp()
    FROM unnest(:learner_ids::bigint[], :states::bytea[], :skills::bytea[], :responses::integer[],
        :places::bytea[]) AS f (learner_id, state, skills, responses, place)
    WHERE l.store_id = :store_id AND l.learner_id = f.learner_id
), scored AS (
    INSERT INTO unscored (store_id, predictions, data)
    SELECT :store_id, :predictions::integer, :predicted::bytea WHERE :predictions > 0
)
INSERT INTO lessons (store_id, responses, data) SELECT :store_id, :lessons::integer, :learnable::bytea WHERE :lessons > 0;

-- name: mark_folded$
-- What the fold made of rows: version, reading and (once and for all) prediction, which alone those have that count. A
-- value that is null in its array, or whose array is null, is the usual one: a row's own skills. A place in the table
-- may have been given to another row since it was read, which the id tells. Activities that were `unmet` are put among
-- the discoveries, where they are not. Says how many rows there were.
WITH marked AS (
    UPDATE evidence e
    SET version = coalesce(f.version, :version),
        folded_skill_ids = CASE WHEN f.prediction IS NOT NULL THEN coalesce(f.skill_ids::bigint[], e.skill_ids) END,
        guessing = CASE WHEN f.prediction IS NOT NULL THEN coalesce(f.guessing, :guessing) END,
        weight = CASE WHEN f.prediction IS NOT NULL THEN coalesce(f.weight, :weight) END,
        prediction = coalesce(e.prediction, f.prediction)
    FROM unnest(:lie::tid[], :ids::bytea[], :predictions::double precision[], :unmet::boolean[], :versions::integer[],
        :guessings::double precision[], :weights::double precision[], :skill_ids::text[])
        AS f (lies, id, prediction, unmet, version, guessing, weight, skill_ids)
    WHERE e.ctid = f.lies AND e.store_id = :store_id AND uuid_send(e.statement_id) = f.id
    RETURNING f.unmet, e.item_id, e.skill_ids, e.choices, e.container_ids
), met AS (
    INSERT INTO discoveries (store_id, item_id, skill_ids, choices, container_ids, found)
    SELECT DISTINCT ON (item_id) :store_id, item_id, skill_ids, choices, container_ids, clock_timestamp()
    FROM marked WHERE unmet ORDER BY item_id ON CONFLICT DO NOTHING
)
SELECT count(*) FROM marked;
