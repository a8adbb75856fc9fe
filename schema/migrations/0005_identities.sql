-- Agents that are one person: all that hangs on a learner goes along, and returns when they are parted again.

ALTER TABLE identities ADD COLUMN agent jsonb;
ALTER TABLE identities ADD COLUMN set_aside jsonb NOT NULL DEFAULT '{}';
ALTER TABLE goals ADD COLUMN merged_from bigint;
ALTER TABLE preferences ADD COLUMN merged_from bigint;
ALTER TABLE self_assessments ADD COLUMN merged_from bigint;
ALTER TABLE overrides ADD COLUMN merged_from bigint;
ALTER TABLE cohort_members ADD COLUMN merged_from bigint;
ALTER TABLE peers ADD COLUMN merged_from bigint;
ALTER TABLE coaching ADD COLUMN merged_from bigint;
ALTER TABLE feedback ADD COLUMN merged_from bigint;
ALTER TABLE decisions ADD COLUMN merged_from bigint;
ALTER TABLE placements ADD COLUMN merged_from bigint;
