-- Whom an agent was merged into, which may have been merged on since: those who came with an agent leave with it.
ALTER TABLE identities ADD COLUMN into_id bigint;
UPDATE identities SET into_id = learner_id;
ALTER TABLE identities ALTER COLUMN into_id SET NOT NULL;
