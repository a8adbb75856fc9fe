-- name: insert_account(store_id, email, name, roles, password_hash, agent, learner_id, created)<!
-- A new account; nothing when the address is taken.
INSERT INTO accounts (store_id, email, name, roles, password_hash, agent, learner_id, created)
VALUES (:store_id, :email, :name, :roles, :password_hash, :agent, :learner_id, :created)
ON CONFLICT (email) DO NOTHING
RETURNING store_id, id, email, name, roles, agent, learner_id, disabled;

-- name: store_exists(store_id)$
-- Whether there is a store of this number.
SELECT EXISTS (SELECT FROM stores WHERE id = :store_id);

-- name: by_email(email)^
-- The account of an address, with its password hash, for signing in.
SELECT store_id, id, email, name, roles, agent, learner_id, disabled, password_hash FROM accounts WHERE email = :email;

-- name: with_hash(store_id, id)^
-- One account of a store, with its password hash.
SELECT store_id, id, email, name, roles, agent, learner_id, disabled, password_hash
FROM accounts WHERE store_id = :store_id AND id = :id;

-- name: lock(store_id, id)$
-- Waits for whoever is changing an account.
SELECT id FROM accounts WHERE store_id = :store_id AND id = :id FOR NO KEY UPDATE;

-- name: of_store(store_id)
-- Everybody of one store by name.
SELECT store_id, id, email, name, roles, agent, learner_id, disabled
FROM accounts WHERE store_id = :store_id ORDER BY lower(name), id;

-- name: one(store_id, id)^
-- One account of a store.
SELECT store_id, id, email, name, roles, agent, learner_id, disabled
FROM accounts WHERE store_id = :store_id AND id = :id;

-- name: names(store_id, learner_ids)
-- The names of learners who have accounts.
SELECT learner_id, name FROM accounts WHERE store_id = :store_id AND learner_id = ANY(:learner_ids::bigint[]);

-- name: set_password(password_hash, store_id, id)!
-- Replaces the password hash.
UPDATE accounts SET password_hash = :password_hash WHERE store_id = :store_id AND id = :id;

-- name: set_disabled(disabled, store_id, id)!
-- Closes (a moment) or reopens (null) an account.
UPDATE accounts SET disabled = :disabled WHERE store_id = :store_id AND id = :id;
