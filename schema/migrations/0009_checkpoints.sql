-- Learners as they were some time ago, so that a replay need not begin with the first answer.

-- The state of a learner at a place in the fold order. A fold that takes the number of responses to or over a multiple of
-- 2^slot (the greatest there is) overwrites that slot: a learner has as many checkpoints as the number has digits in
-- base two, each about twice as far back as the one before. What changes the past deletes those after the change.
CREATE TABLE checkpoints (
    store_id          integer            NOT NULL,
    learner_id        bigint             NOT NULL,
    slot              smallint           NOT NULL,
    state             bytea              NOT NULL,
    last_timestamp    timestamptz        NOT NULL,
    last_stored       timestamptz        NOT NULL,
    last_position     integer            NOT NULL,
    last_statement_id uuid               NOT NULL,
    skill_ids         bigint[]           NOT NULL,
    was_mastered      boolean[]          NOT NULL,
    stabilities       double precision[] NOT NULL,
    difficulties      double precision[] NOT NULL,
    practised         double precision[] NOT NULL,
    PRIMARY KEY (store_id, learner_id, slot)
) WITH (fillfactor = 80);
