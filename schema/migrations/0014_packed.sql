-- What folding writes and only our own code reads is written as bytes: a learner's skills in one value, the lessons and
-- predictions of one fold in one row each. A row of learners leaves room on its page for the next.

DROP VIEW skill_levels;
CREATE TEMPORARY TABLE former_learners ON COMMIT DROP AS
SELECT store_id, learner_id, state, (
        SELECT string_agg(
            int8send(skill_id) || float8send(mean) || float8send(sd) || int4send(answers)
                || float8send(extract(epoch FROM answered)::double precision) || float8send(mastered) || boolsend(was)
                || float8send(stability) || float8send(difficulty) || float8send(last), ''::bytea ORDER BY n)
        FROM unnest(skill_ids, means, sds, counts, last_evidence, mastery, was_mastered, stabilities, difficulties,
                    practised) WITH ORDINALITY
            AS s (skill_id, mean, sd, answers, answered, mastered, was, stability, difficulty, last, n)) AS skills,
    version, responses, last_timestamp, last_stored, last_position, last_statement_id, updated
FROM learners;
DROP TABLE learners;

-- The engine's state of a learner, the place in the fold order it has reached, and what is told of each skill
-- (adaptive/levels.py has the record). The row is the learner's lock.
CREATE TABLE learners (
    store_id          integer NOT NULL,
    learner_id        bigint  NOT NULL,
    state             bytea,
    skills            bytea,
    version           integer,
    responses         integer NOT NULL DEFAULT 0,
    last_timestamp    timestamptz,
    last_stored       timestamptz,
    last_position     integer,
    last_statement_id uuid,
    updated           timestamptz,
    PRIMARY KEY (store_id, learner_id)
) WITH (fillfactor = 60);
ALTER TABLE learners ALTER COLUMN state SET STORAGE EXTERNAL, ALTER COLUMN skills SET STORAGE EXTERNAL;

INSERT INTO learners SELECT * FROM former_learners ORDER BY store_id, learner_id;

-- The state of a learner at a place in the fold order. A fold that takes the number of responses to or over a multiple of
-- 2^slot (the greatest there is) overwrites that slot: a learner has at most as many checkpoints as the number has digits in
-- base two, each about twice as far back as the one before. What changes the past deletes those after the change.
-- Those there were are made again as learners are folded.
DROP TABLE checkpoints;
CREATE TABLE checkpoints (
    store_id          integer     NOT NULL,
    learner_id        bigint      NOT NULL,
    slot              smallint    NOT NULL,
    state             bytea       NOT NULL,
    skills            bytea       NOT NULL,
    last_timestamp    timestamptz NOT NULL,
    last_stored       timestamptz NOT NULL,
    last_position     integer     NOT NULL,
    last_statement_id uuid        NOT NULL,
    PRIMARY KEY (store_id, learner_id, slot)
) WITH (fillfactor = 80);
ALTER TABLE checkpoints ALTER COLUMN state SET STORAGE EXTERNAL, ALTER COLUMN skills SET STORAGE EXTERNAL;

-- Responses the shared parameters have not learnt from yet, those of one fold in a row (adaptive/lessons.py); the one
-- writer deletes what it has learnt.
CREATE TEMPORARY TABLE former_lessons ON COMMIT DROP AS
SELECT store_id, id,
    int8send(item_id) || float8send(time) || float8send(score) || float8send(weight) || float8send(guessing)
        || set_byte('\x00', 0, cardinality(skill_ids)) || int2send(length(trace)::smallint)
        || coalesce((SELECT string_agg(int8send(skill), ''::bytea ORDER BY n)
                     FROM unnest(skill_ids) WITH ORDINALITY AS s (skill, n)), '')
        || trace AS data
FROM lessons;
DROP TABLE lessons;
CREATE TABLE lessons (
    store_id  integer NOT NULL,
    id        bigint  GENERATED ALWAYS AS IDENTITY,
    responses integer NOT NULL,
    data      bytea   NOT NULL,
    PRIMARY KEY (store_id, id)
);
ALTER TABLE lessons ALTER COLUMN data SET STORAGE EXTERNAL;
INSERT INTO lessons (store_id, responses, data) SELECT store_id, 1, data FROM former_lessons ORDER BY id;

-- Predictions whose answers have come, those of one fold in a row (adaptive/audit/predictions.py); one auditor takes them
-- off and scores them.
CREATE TEMPORARY TABLE former_unscored ON COMMIT DROP AS
SELECT store_id, id,
    int8send(item_id) || int8send(coalesce(course_id, 0)) || int4send(learner_answers) || int4send(item_answers)
        || float8send(probability) || float8send(score) AS data
FROM unscored;
DROP TABLE unscored;
CREATE TABLE unscored (
    store_id    integer NOT NULL,
    id          bigint  GENERATED ALWAYS AS IDENTITY,
    predictions integer NOT NULL,
    data        bytea   NOT NULL,
    PRIMARY KEY (store_id, id)
);
ALTER TABLE unscored ALTER COLUMN data SET STORAGE EXTERNAL;
INSERT INTO unscored (store_id, predictions, data) SELECT store_id, 1, data FROM former_unscored ORDER BY id;

ALTER TABLE item_watches SET (fillfactor = 80);
ALTER TABLE prediction_scores SET (fillfactor = 80);
