-- name: insert_session(token_hash, store_id, account_id, created, expires)!
-- Remembers a signed-in browser.
INSERT INTO sessions (token_hash, store_id, account_id, created, expires)
VALUES (:token_hash, :store_id, :account_id, :created, :expires);

-- name: session_account(token_hash, now)^
-- The open account behind a live session.
SELECT a.store_id, a.id, a.email, a.name, a.roles, a.agent, a.learner_id, a.disabled
FROM sessions s JOIN accounts a ON a.store_id = s.store_id AND a.id = s.account_id
WHERE s.token_hash = :token_hash AND s.expires > :now AND a.disabled IS NULL;

-- name: delete_session(token_hash)!
-- Signs one browser out.
DELETE FROM sessions WHERE token_hash = :token_hash;

-- name: delete_sessions(store_id, account_id)!
-- Signs every browser of an account out.
DELETE FROM sessions WHERE store_id = :store_id AND account_id = :account_id;

-- name: delete_expired(now)!
-- Forgets sessions nobody can use.
DELETE FROM sessions WHERE expires <= :now;

-- name: insert_attempt(email, address, at)!
-- Notes an attempt to sign in before the password is looked at.
INSERT INTO sign_in_attempts (email, address, at) VALUES (:email, :address, :at);

-- name: count_attempts(email, address, since)^
-- Attempts since a moment on one account from one address, on the account, and from the address.
SELECT (SELECT count(*) FROM sign_in_attempts WHERE email = :email AND address = :address AND at > :since) AS pair,
       (SELECT count(*) FROM sign_in_attempts WHERE email = :email AND at > :since) AS email,
       (SELECT count(*) FROM sign_in_attempts WHERE address = :address AND at > :since) AS address;

-- name: lock_attempts(email)^
-- Lets attempts on one account pass one at a time, so that parallel guesses are counted.
SELECT pg_advisory_xact_lock(hashtextextended('sign-in ' || :email, 0));

-- name: delete_old_attempts(since)!
-- Forgets attempts that count no more.
DELETE FROM sign_in_attempts WHERE at <= :since;

-- name: delete_attempts(email, address)!
-- After a success: forgets the attempts of this person at this address.
DELETE FROM sign_in_attempts WHERE email = :email AND address = :address;
