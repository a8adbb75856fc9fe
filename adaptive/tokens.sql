-- name: keep!
-- A new token.
INSERT INTO learner_tokens (hash, store_id, agent, expires) VALUES (:hash, :store_id, :agent, :expires);

-- name: drop_expired!
-- Tokens nobody can use any more.
DELETE FROM learner_tokens WHERE expires <= :now;

-- name: holder^
-- Whom an open token speaks for.
SELECT store_id, agent FROM learner_tokens WHERE hash = :hash AND expires > :now;
