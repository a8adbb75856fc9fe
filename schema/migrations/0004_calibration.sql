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
