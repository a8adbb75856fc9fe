-- Calibrations and the self-audit: item sets with their uncertainty, predictions against what came, drift.

-- Each row is one calibration of a store's items, whether it was activated or not. `basis` is the version of the shared
-- parameters it was linked to, `version` the one it became; a null version was kept back, for the reason in `outcome`.
CREATE TABLE calibrations (
    store_id        integer          NOT NULL,
    number          integer          NOT NULL CHECK (number > 0),
    started         timestamptz      NOT NULL,
    finished        timestamptz      NOT NULL,
    outcome         text             NOT NULL CHECK (outcome IN ('activated', 'too little', 'predicts worse', 'failed')),
    basis           integer          NOT NULL,
    version         integer,
    rolled_back     timestamptz,
    learners        integer          NOT NULL DEFAULT 0,
    answers         integer          NOT NULL DEFAULT 0,
    converged       boolean          NOT NULL DEFAULT false,
    slope           double precision NOT NULL DEFAULT 1,
    intercept       double precision NOT NULL DEFAULT 0,
    anchors         integer          NOT NULL DEFAULT 0,
    champion_loss   double precision,
    challenger_loss double precision,
    PRIMARY KEY (store_id, number),
    CHECK ((version IS NOT NULL) = (outcome = 'activated'))
);

-- Items as a calibration found them, on the engine's scale (logits); standard errors, fit, and what to beware of.
CREATE TABLE calibrated_items (
    store_id              integer          NOT NULL,
    number                integer          NOT NULL,
    item_id               bigint           NOT NULL,
    answers               double precision NOT NULL,
    difficulty            double precision NOT NULL,
    difficulty_se         double precision NOT NULL,
    discrimination        double precision NOT NULL,
    log_discrimination_se double precision NOT NULL,
    guessing              double precision NOT NULL,
    infit                 double precision,
    outfit                double precision,
    fit_p                 double precision,
    deviation             double precision,
    pretest               boolean          NOT NULL,
    misfit                boolean          NOT NULL,
    drifted               boolean          NOT NULL,
    PRIMARY KEY (store_id, number, item_id)
);

-- Predictions whose answers have come: appended by folds, taken off and scored by one auditor.
CREATE TABLE unscored (
    store_id        integer          NOT NULL,
    id              bigint           GENERATED ALWAYS AS IDENTITY,
    item_id         bigint           NOT NULL,
    course_id       bigint,
    learner_answers integer          NOT NULL,
    item_answers    integer          NOT NULL,
    probability     double precision NOT NULL,
    score           double precision NOT NULL,
    PRIMARY KEY (store_id, id)
);

-- A histogram of scored predictions by day (UTC), course (0: none) and how familiar learner and item were.
CREATE TABLE prediction_scores (
    store_id            integer          NOT NULL,
    day                 date             NOT NULL,
    course_id           bigint           NOT NULL,
    familiarity         smallint         NOT NULL,
    bin                 smallint         NOT NULL,
    count               bigint           NOT NULL,
    "right"             bigint           NOT NULL,
    score               double precision NOT NULL,
    probability         double precision NOT NULL,
    log_loss            double precision NOT NULL,
    square              double precision NOT NULL,
    challenger_log_loss double precision NOT NULL,
    PRIMARY KEY (store_id, day, course_id, familiarity, bin)
);

-- What the auditor remembers of each item: cumulative sums of residuals, and the challenger's correction.
CREATE TABLE item_watches (
    store_id  integer          NOT NULL,
    item_id   bigint           NOT NULL,
    answers   integer          NOT NULL,
    harder    double precision NOT NULL,
    easier    double precision NOT NULL,
    shift     double precision NOT NULL,
    precision double precision NOT NULL,
    PRIMARY KEY (store_id, item_id)
);

-- The newest losses of a store, oldest first, for the detector of change.
CREATE TABLE recent_losses (
    store_id integer PRIMARY KEY,
    losses   real[]  NOT NULL
);

-- What the auditor noticed; item_id is null where it concerns the whole store.
CREATE TABLE engine_alarms (
    store_id integer     NOT NULL,
    id       bigint      GENERATED ALWAYS AS IDENTITY,
    raised   timestamptz NOT NULL,
    kind     text        NOT NULL CHECK (kind IN ('harder', 'easier', 'worse')),
    item_id  bigint,
    PRIMARY KEY (store_id, id)
);
