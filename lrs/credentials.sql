-- name: insert_credential^
-- A new credential; answers its id and when it was made.
INSERT INTO credentials (store_id, key, secret_hash, name, scopes, authority, repair)
VALUES (:store_id, :key, :secret_hash, :name, :scopes, :authority, :repair)
RETURNING id, created;

-- name: ensure_credential!
-- A credential whose key and secret are given from outside; the second time only its secret and scopes are renewed.
INSERT INTO credentials (store_id, key, secret_hash, name, scopes, authority)
VALUES (:store_id, :key, :secret_hash, :name, :scopes, :authority)
ON CONFLICT (key) DO UPDATE
SET secret_hash = excluded.secret_hash, scopes = excluded.scopes, revoked = NULL
WHERE (credentials.secret_hash, credentials.scopes) IS DISTINCT FROM (excluded.secret_hash, excluded.scopes)
   OR credentials.revoked IS NOT NULL;

-- name: list_credentials
-- All of a store's, the oldest first, revoked ones too.
SELECT id, store_id, key, name, scopes, authority, repair, created, revoked
FROM credentials
WHERE store_id = :store_id
ORDER BY id;

-- name: revoke_credential!
-- Close a credential for good; its tokens go with it.
UPDATE credentials SET revoked = now() WHERE store_id = :store_id AND key = :key AND revoked IS NULL;

-- name: set_repair!
-- Turn repair mode on or off.
UPDATE credentials SET repair = :repair WHERE store_id = :store_id AND key = :key;

-- name: by_secret^
-- The open credential of a key and secret.
SELECT id, store_id, key, name, scopes, authority, repair, created, revoked
FROM credentials
WHERE key = :key AND secret_hash = :secret_hash AND revoked IS NULL;

-- name: by_token^
-- The open credential of an access token that has not expired, with the token's scopes.
SELECT c.id, c.store_id, c.key, c.name, t.scopes, c.authority, c.repair, c.created, c.revoked
FROM access_tokens t JOIN credentials c ON c.id = t.credential_id
WHERE t.hash = :hash AND t.expires > now() AND c.revoked IS NULL;

-- name: insert_token!
-- Keep a token, and forget those that have expired.
WITH expired AS (
    DELETE FROM access_tokens
    WHERE hash IN (SELECT hash FROM access_tokens WHERE expires < now() LIMIT 100 FOR UPDATE SKIP LOCKED)
)
INSERT INTO access_tokens (hash, credential_id, scopes, expires)
VALUES (:hash, :credential_id, :scopes, now() + :seconds * interval '1 second');
