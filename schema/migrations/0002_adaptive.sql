-- The adaptive engine: evidence, learners, versions of the shared parameters, catalogue, cohorts, wishes, decisions.

-- Evidence: what one statement says of one learner and one activity, written in the statement's transaction.
-- A null version means not folded yet; a folded row without a prediction was an encounter or the echo of another row.
CREATE TABLE evidence (
    store_id         integer          NOT NULL,
    agent_id         bigint           NOT NULL,
    timestamp        timestamptz      NOT NULL,
    statement_id     uuid             NOT NULL,
    stored           timestamptz      NOT NULL,
    position         integer          NOT NULL,
    item_id          bigint           NOT NULL,
    kind             smallint         NOT NULL,
    verb             smallint         NOT NULL,
    score            double precision CHECK (score BETWEEN 0 AND 1),
    choices          smallint,
    hints            smallint         NOT NULL DEFAULT 0,
    confidence       real             CHECK (confidence BETWEEN 0 AND 1),
    seconds          real,
    registration     uuid,
    response_hash    bigint,
    skill_ids        bigint[]         NOT NULL,
    container_ids    bigint[]         NOT NULL,
    version          integer,
    folded_skill_ids bigint[],
    guessing         double precision,
    weight           double precision,
    prediction       double precision,
    PRIMARY KEY (store_id, agent_id, timestamp, statement_id)
);
CREATE INDEX evidence_unfolded ON evidence (store_id, agent_id) WHERE version IS NULL;

-- Statements that a voiding statement took back; pending until the learner concerned has been folded again.
CREATE TABLE evidence_voids (
    store_id     integer     NOT NULL,
    statement_id uuid        NOT NULL,
    stored       timestamptz NOT NULL,
    pending      boolean     NOT NULL DEFAULT true,
    PRIMARY KEY (store_id, statement_id)
);
CREATE INDEX evidence_voids_pending ON evidence_voids (store_id) WHERE pending;

-- Agents that are one person: agent_id's evidence belongs to learner_id. An agent without a row is its own learner.
CREATE TABLE identities (
    store_id   integer     NOT NULL,
    agent_id   bigint      NOT NULL,
    learner_id bigint      NOT NULL,
    merged     timestamptz NOT NULL,
    PRIMARY KEY (store_id, agent_id)
);
CREATE INDEX identities_learner ON identities (store_id, learner_id);

-- The engine's state of a learner, the place in the fold order it has reached, and the levels reports read.
-- The row is the learner's lock. The arrays run in parallel, one element a skill: the level (logits), its evidence, and
-- the memory that review is planned from (stability in days, difficulty, last practice in seconds since 1970).
CREATE TABLE learners (
    store_id          integer            NOT NULL,
    learner_id        bigint             NOT NULL,
    state             bytea,
    version           integer,
    responses         integer            NOT NULL DEFAULT 0,
    last_timestamp    timestamptz,
    last_stored       timestamptz,
    last_position     integer,
    last_statement_id uuid,
    skill_ids         bigint[]           NOT NULL DEFAULT '{}',
    means             double precision[] NOT NULL DEFAULT '{}',
    sds               double precision[] NOT NULL DEFAULT '{}',
    counts            integer[]          NOT NULL DEFAULT '{}',
    last_evidence     timestamptz[]      NOT NULL DEFAULT '{}',
    mastery           double precision[] NOT NULL DEFAULT '{}',
    was_mastered      boolean[]          NOT NULL DEFAULT '{}',
    stabilities       double precision[] NOT NULL DEFAULT '{}',
    difficulties      double precision[] NOT NULL DEFAULT '{}',
    practised         double precision[] NOT NULL DEFAULT '{}',
    updated           timestamptz,
    PRIMARY KEY (store_id, learner_id)
);

-- who × skill, for reports.
CREATE VIEW skill_levels AS
SELECT l.store_id, l.learner_id, s.skill_id, s.mean, s.sd, s.evidence, s.last_evidence, s.mastery
FROM learners l,
    unnest(l.skill_ids, l.means, l.sds, l.counts, l.last_evidence, l.mastery)
        AS s (skill_id, mean, sd, evidence, last_evidence, mastery);

-- Learners whose state no longer follows from the record: the next fold replays them.
-- With `afresh`, skills and guessing are read from the catalogue again instead of as recorded.
CREATE TABLE refolds (
    store_id   integer NOT NULL,
    learner_id bigint  NOT NULL,
    id         bigint  GENERATED ALWAYS AS IDENTITY,
    reason     text    NOT NULL,
    afresh     boolean NOT NULL DEFAULT false,
    PRIMARY KEY (store_id, learner_id, id)
);

-- Folded responses the shared parameters have not learnt from yet; the one writer deletes what it has learnt.
CREATE TABLE lessons (
    store_id  integer          NOT NULL,
    id        bigint           GENERATED ALWAYS AS IDENTITY,
    item_id   bigint           NOT NULL,
    skill_ids bigint[]         NOT NULL,
    time      double precision NOT NULL,
    score     double precision NOT NULL,
    weight    double precision NOT NULL,
    guessing  double precision NOT NULL,
    trace     bytea            NOT NULL,
    PRIMARY KEY (store_id, id)
);

-- Versions of the shared parameters: each the changes to the one before; now and then the whole beside them.
-- Version 0, the priors, has no row. A version without a delta starts from its own snapshot. A digest covers its row and
-- the digest before it.
CREATE TABLE parameter_versions (
    store_id  integer     NOT NULL,
    version   integer     NOT NULL CHECK (version > 0),
    published timestamptz NOT NULL,
    origin    text        NOT NULL CHECK (origin IN ('online', 'calibration', 'rollback', 'label')),
    note      text        NOT NULL DEFAULT '',
    responses integer     NOT NULL DEFAULT 0,
    delta     bytea,
    snapshot  bytea,
    digest    bytea       NOT NULL,
    PRIMARY KEY (store_id, version),
    CHECK (delta IS NOT NULL OR snapshot IS NOT NULL)
);
ALTER TABLE parameter_versions ALTER COLUMN delta SET STORAGE EXTERNAL;
ALTER TABLE parameter_versions ALTER COLUMN snapshot SET STORAGE EXTERNAL;

-- The version learners are folded against now; no row means version 0, learning. `unsaved` counts the bytes of deltas
-- since the last snapshot, `labelled` is the catalogue's version whose difficulty labels have been taken over.
CREATE TABLE parameter_heads (
    store_id integer PRIMARY KEY,
    version  integer NOT NULL DEFAULT 0,
    digest   bytea   NOT NULL DEFAULT '',
    frozen   boolean NOT NULL DEFAULT false,
    unsaved  bigint  NOT NULL DEFAULT 0,
    labelled integer NOT NULL DEFAULT 0
);

-- Catalogue: each row publishes (or with a null document withdraws) one collection, a course or a framework.
-- The catalogue at a version is the newest row of every collection up to it. Documents are zstd-compressed JSON;
-- a digest covers its row and the digest before it.
CREATE TABLE catalogue_versions (
    store_id   integer     NOT NULL,
    version    integer     NOT NULL CHECK (version > 0),
    collection text        NOT NULL,
    document   bytea,
    digest     bytea       NOT NULL,
    published  timestamptz NOT NULL,
    author     text        NOT NULL DEFAULT '',
    note       text        NOT NULL DEFAULT '',
    PRIMARY KEY (store_id, version)
);
CREATE INDEX catalogue_versions_collection ON catalogue_versions (store_id, collection, version DESC);
ALTER TABLE catalogue_versions ALTER COLUMN document SET STORAGE EXTERNAL;

-- Activities met in evidence, with the skills their statements name: drafts for authors, and what is recommended
-- from where nothing is published.
CREATE TABLE discoveries (
    store_id      integer     NOT NULL,
    item_id       bigint      NOT NULL,
    skill_ids     bigint[]    NOT NULL,
    choices       smallint,
    container_ids bigint[]    NOT NULL,
    found         timestamptz NOT NULL,
    written       bigint      NOT NULL DEFAULT pg_current_xact_id()::text::bigint, -- by which transaction
    PRIMARY KEY (store_id, item_id)
);
CREATE INDEX discoveries_written ON discoveries (store_id, written);

-- Cohorts of learners; role and path are IRIs of the catalogue.
CREATE TABLE cohorts (
    store_id integer     NOT NULL,
    id       bigint      GENERATED ALWAYS AS IDENTITY,
    name     text        NOT NULL CHECK (name <> ''),
    role     text,
    path     text,
    policy   text        CHECK (policy IN ('learning', 'fixed')),
    due      date,
    created  timestamptz NOT NULL,
    PRIMARY KEY (store_id, id),
    UNIQUE (store_id, name)
);

CREATE TABLE cohort_members (
    store_id   integer     NOT NULL,
    cohort_id  bigint      NOT NULL,
    learner_id bigint      NOT NULL,
    agent      jsonb       NOT NULL,
    joined     timestamptz NOT NULL,
    PRIMARY KEY (store_id, cohort_id, learner_id)
);
CREATE INDEX cohort_members_learner ON cohort_members (store_id, learner_id);

-- A trainer's word on an activity, for a cohort or for one learner; obeyed by the next recommendation.
CREATE TABLE overrides (
    store_id   integer     NOT NULL,
    id         bigint      GENERATED ALWAYS AS IDENTITY,
    cohort_id  bigint,
    learner_id bigint,
    activity   text        NOT NULL,
    action     text        NOT NULL CHECK (action IN ('pin', 'ban', 'lock', 'assign')),
    due        date,
    note       text        NOT NULL DEFAULT '',
    author     text        NOT NULL,
    made       timestamptz NOT NULL,
    PRIMARY KEY (store_id, id),
    CHECK (num_nonnulls(cohort_id, learner_id) = 1)
);
CREATE INDEX overrides_cohort ON overrides (store_id, cohort_id);
CREATE INDEX overrides_learner ON overrides (store_id, learner_id);

-- The learner's own will.
CREATE TABLE goals (
    store_id   integer          NOT NULL,
    learner_id bigint           NOT NULL,
    skill      text             NOT NULL,
    level      double precision NOT NULL,
    due        date,
    made       timestamptz      NOT NULL,
    PRIMARY KEY (store_id, learner_id, skill)
);

CREATE TABLE preferences (
    store_id       integer     NOT NULL,
    learner_id     bigint      NOT NULL,
    formats        text[]      NOT NULL DEFAULT '{}',
    only_formats   boolean     NOT NULL DEFAULT false,
    language       text,
    weekly_minutes integer     CHECK (weekly_minutes > 0),
    adaptive       boolean     NOT NULL DEFAULT true,
    changed        timestamptz NOT NULL,
    PRIMARY KEY (store_id, learner_id)
);

CREATE TABLE self_assessments (
    store_id     integer          NOT NULL,
    learner_id   bigint           NOT NULL,
    skill        text             NOT NULL,
    level        double precision NOT NULL,
    made         timestamptz      NOT NULL,
    validated_by text,
    validated    timestamptz,
    PRIMARY KEY (store_id, learner_id, skill)
);

-- Talks of a trainer or manager with a learner, and the next step they agreed on; the learner reads them.
CREATE TABLE coaching (
    store_id   integer     NOT NULL,
    learner_id bigint      NOT NULL,
    id         bigint      GENERATED ALWAYS AS IDENTITY,
    author     text        NOT NULL,
    note       text        NOT NULL CHECK (note <> ''),
    next_step  text        NOT NULL DEFAULT '',
    activity   text,
    due        date,
    made       timestamptz NOT NULL,
    PRIMARY KEY (store_id, learner_id, id)
);

-- Peers whom a trainer or manager brings together; each member sees the group and who is in it.
CREATE TABLE peer_groups (
    store_id integer     NOT NULL,
    id       bigint      GENERATED ALWAYS AS IDENTITY,
    name     text        NOT NULL CHECK (name <> ''),
    purpose  text        NOT NULL DEFAULT '',
    author   text        NOT NULL,
    formed   timestamptz NOT NULL,
    PRIMARY KEY (store_id, id),
    UNIQUE (store_id, name)
);

CREATE TABLE peers (
    store_id   integer     NOT NULL,
    group_id   bigint      NOT NULL,
    learner_id bigint      NOT NULL,
    agent      jsonb       NOT NULL,
    joined     timestamptz NOT NULL,
    PRIMARY KEY (store_id, group_id, learner_id),
    FOREIGN KEY (store_id, group_id) REFERENCES peer_groups (store_id, id) ON DELETE CASCADE
);
CREATE INDEX peers_learner ON peers (store_id, learner_id);

-- What the learner answered to an offer; `until` ends a postponement.
CREATE TABLE feedback (
    store_id    integer     NOT NULL,
    learner_id  bigint      NOT NULL,
    id          bigint      GENERATED ALWAYS AS IDENTITY,
    decision_id uuid,
    activity    text        NOT NULL,
    answer      text        NOT NULL CHECK (answer IN (
        'shown', 'accepted', 'refused', 'postponed', 'known', 'helpful', 'unhelpful')),
    until       timestamptz,
    comment     text        NOT NULL DEFAULT '',
    made        timestamptz NOT NULL,
    PRIMARY KEY (store_id, learner_id, id)
);

-- Every recommendation, with all that explains it later: see adaptive.decisions for the document's shape.
CREATE TABLE decisions (
    store_id          integer     NOT NULL,
    id                uuid        NOT NULL,
    learner_id        bigint      NOT NULL,
    made              timestamptz NOT NULL,
    mode              text        NOT NULL,
    policy            text        NOT NULL,
    item_version      integer     NOT NULL,
    catalogue_version integer     NOT NULL,
    document          jsonb       NOT NULL,
    PRIMARY KEY (store_id, id)
);
CREATE INDEX decisions_learner ON decisions (store_id, learner_id, made DESC);

-- Tokens with which a learner's browser asks for itself and no one else; only hashes are kept.
CREATE TABLE learner_tokens (
    hash     bytea       PRIMARY KEY,
    store_id integer     NOT NULL,
    agent    jsonb       NOT NULL,
    expires  timestamptz NOT NULL
);
CREATE INDEX learner_tokens_expires ON learner_tokens (expires);

-- Statements of the service's own, kept with what they tell of until they are in the record.
CREATE TABLE outbox (
    store_id  integer     NOT NULL,
    id        uuid        NOT NULL,
    statement jsonb       NOT NULL,
    made      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, id)
);

-- A placement test under way or finished: what was asked and answered, and the estimate.
CREATE TABLE placements (
    store_id   integer     NOT NULL,
    id         uuid        NOT NULL,
    learner_id bigint      NOT NULL,
    agent      jsonb       NOT NULL,
    started    timestamptz NOT NULL,
    finished   timestamptz,
    document   jsonb       NOT NULL,
    PRIMARY KEY (store_id, id)
);
CREATE INDEX placements_learner ON placements (store_id, learner_id, started DESC);
CREATE INDEX placements_finished ON placements (store_id) WHERE finished IS NOT NULL;

-- How many finished placements each item was part of, so that no item is met by too many.
CREATE TABLE exposures (
    store_id integer NOT NULL,
    item_id  bigint  NOT NULL,
    uses     bigint  NOT NULL,
    PRIMARY KEY (store_id, item_id)
);
