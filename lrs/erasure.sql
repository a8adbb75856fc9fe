-- name: own
-- A page of the statements in which these agents act.
SELECT position, id, payload FROM statements
WHERE store_id = :store_id AND actor = ANY(:agent_ids::bigint[]) AND position > :after
ORDER BY position LIMIT :most;

-- name: mentions$
-- How many statements of others name these agents, not counting those that only refer to the agents' own.
SELECT count(DISTINCT r.position) FROM related_terms r
WHERE r.store_id = :store_id AND r.kind IN (1, 2) AND r.term = ANY(:agent_ids::bigint[])
  AND r.position <> ALL(:positions::bigint[])
  AND NOT EXISTS (
      SELECT FROM statement_references f
      WHERE f.store_id = r.store_id AND f.position = r.position AND f.target = ANY(:ids::uuid[]));

-- name: erase$
-- The agents' own statements with all that was kept of them, documents, names and learners' accounts; how many of each.
-- Related terms are found by reading all of them: no index has them by statement, as nobody else asks so.
WITH gone AS (
    DELETE FROM statements WHERE store_id = :store_id AND position = ANY(:positions::bigint[]) RETURNING id), terms AS (
    DELETE FROM related_terms WHERE store_id = :store_id AND position = ANY(:positions::bigint[])), referring AS (
    DELETE FROM related_terms t USING statement_references f
    WHERE f.store_id = :store_id AND f.target = ANY(:ids::uuid[]) AND f.position <> ALL(:positions::bigint[])
      AND t.store_id = f.store_id AND t.kind IN (1, 2) AND t.term = ANY(:agent_ids::bigint[])
      AND t.position = f.position), links AS (
    DELETE FROM statement_references WHERE store_id = :store_id AND position = ANY(:positions::bigint[])), noted AS (
    DELETE FROM unread WHERE store_id = :store_id AND statement_id = ANY(:ids::uuid[])), mended AS (
    DELETE FROM repairs WHERE store_id = :store_id AND statement_id = ANY(:ids::uuid[])), papers AS (
    DELETE FROM documents
    WHERE store_id = :store_id AND kind <> 'activity-profile' AND agent = ANY(:agent_ids::bigint[]) RETURNING 1), names AS (
    DELETE FROM agents WHERE store_id = :store_id AND id = ANY(:agent_ids::bigint[]) RETURNING 1), people AS (
    DELETE FROM accounts
    WHERE store_id = :store_id AND learner_id = ANY(:agent_ids::bigint[]) AND roles = ARRAY['learner']
    RETURNING email), tries AS (
    DELETE FROM sign_in_attempts WHERE email IN (SELECT email FROM people))
SELECT jsonb_build_object(
    'statements', (SELECT count(*) FROM gone),
    'documents', (SELECT count(*) FROM papers),
    'names', (SELECT count(*) FROM names),
    'accounts', (SELECT count(*) FROM people));

-- name: staff$
-- Accounts of these agents that do more than learn, and stay.
SELECT count(*) FROM accounts
WHERE store_id = :store_id AND learner_id = ANY(:agent_ids::bigint[]) AND roles <> ARRAY['learner'];

-- name: rest
-- A page of all statements, to see which attachments they still have.
SELECT position, payload FROM statements WHERE store_id = :store_id AND position > :after ORDER BY position LIMIT :most;

-- name: lock_attachments!
-- Contents that may be erased: whoever is sending one of them again has sent it, or waits until it is gone.
SELECT 1 FROM attachments WHERE store_id = :store_id AND sha2 = ANY(:hashes::bytea[]) ORDER BY sha2 FOR UPDATE;

-- name: erase_attachments$
-- Contents that no statement has any more; how many.
WITH parts AS (DELETE FROM attachment_parts WHERE store_id = :store_id AND sha2 = ANY(:hashes::bytea[])), gone AS (
    DELETE FROM attachments WHERE store_id = :store_id AND sha2 = ANY(:hashes::bytea[]) RETURNING 1)
SELECT count(*) FROM gone;

-- name: keep!
-- What was erased when and by whom, and the hashes by which a person who asks can be shown that it was.
INSERT INTO erasures (store_id, made, author, subjects, counts)
VALUES (:store_id, :made, :author, :subjects, :counts);
