-- A place in the fold order becomes one value, which sorts as the four it is made of and costs a fold less.

CREATE FUNCTION place_of("timestamp" timestamptz, stored timestamptz, "position" integer, id uuid) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
RETURN timestamptz_send("timestamp" + interval '17522856 hours') || timestamptz_send(stored + interval '17522856 hours')
    || int4send("position") || uuid_send(id);

CREATE TEMPORARY TABLE former_learners ON COMMIT DROP AS
SELECT store_id, learner_id, state, skills, version, responses,
    place_of(last_timestamp, last_stored, last_position, last_statement_id) AS last_place, updated
FROM learners;
DROP TABLE learners;
CREATE TABLE learners (
    store_id   integer NOT NULL,
    learner_id bigint  NOT NULL,
    state      bytea,
    skills     bytea,
    version    integer,
    responses  integer NOT NULL DEFAULT 0,
    last_place bytea,
    updated    timestamptz,
    PRIMARY KEY (store_id, learner_id)
) WITH (fillfactor = 80);
ALTER TABLE learners ALTER COLUMN state SET STORAGE EXTERNAL, ALTER COLUMN skills SET STORAGE EXTERNAL;
INSERT INTO learners SELECT * FROM former_learners ORDER BY store_id, learner_id;

CREATE TEMPORARY TABLE former_checkpoints ON COMMIT DROP AS
SELECT store_id, learner_id, slot, state, skills,
    place_of(last_timestamp, last_stored, last_position, last_statement_id) AS last_place
FROM checkpoints;
DROP TABLE checkpoints;
CREATE TABLE checkpoints (
    store_id   integer  NOT NULL,
    learner_id bigint   NOT NULL,
    slot       smallint NOT NULL,
    state      bytea    NOT NULL,
    skills     bytea    NOT NULL,
    last_place bytea    NOT NULL,
    PRIMARY KEY (store_id, learner_id, slot)
) WITH (fillfactor = 80);
ALTER TABLE checkpoints ALTER COLUMN state SET STORAGE EXTERNAL, ALTER COLUMN skills SET STORAGE EXTERNAL;
INSERT INTO checkpoints SELECT * FROM former_checkpoints ORDER BY store_id, learner_id, slot;
