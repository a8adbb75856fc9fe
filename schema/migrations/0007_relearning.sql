-- The night learns the record again: what it gained on held-out learners, and whether nights may publish.
-- Sums of drift begin anew, as they are of another kind.

ALTER TABLE calibrations ADD COLUMN gain double precision;
ALTER TABLE calibrations ADD COLUMN gain_se double precision;
ALTER TABLE calibrations DROP CONSTRAINT calibrations_outcome_check;
ALTER TABLE calibrations ADD CONSTRAINT calibrations_outcome_check CHECK (outcome IN (
    'activated', 'too little', 'predicts worse', 'no better', 'held', 'failed'));
ALTER TABLE parameter_heads ADD COLUMN held boolean NOT NULL DEFAULT false;
UPDATE item_watches SET harder = 0, easier = 0;
