-- People who sign in: accounts, their browser sessions, and attempts to sign in.

-- One person of one organisation. Few rows: a reference table when the store is spread over machines,
-- which is why the address may be unique across stores.
CREATE TABLE accounts (
    store_id      integer     NOT NULL,
    id            bigint      GENERATED ALWAYS AS IDENTITY,
    email         text        NOT NULL CHECK (email = lower(email) AND email LIKE '%_@_%'),
    name          text        NOT NULL CHECK (name <> ''),
    roles         text[]      NOT NULL CHECK (roles <@ ARRAY['learner', 'author', 'trainer', 'operator'] AND roles <> '{}'),
    password_hash text        NOT NULL,
    agent         jsonb       NOT NULL,
    learner_id    bigint      NOT NULL,
    created       timestamptz NOT NULL,
    disabled      timestamptz,
    PRIMARY KEY (store_id, id),
    UNIQUE (email)
);

-- A signed-in browser. Only the hash of its cookie is kept.
CREATE TABLE sessions (
    token_hash bytea       PRIMARY KEY,
    store_id   integer     NOT NULL,
    account_id bigint      NOT NULL,
    created    timestamptz NOT NULL,
    expires    timestamptz NOT NULL,
    FOREIGN KEY (store_id, account_id) REFERENCES accounts (store_id, id) ON DELETE CASCADE
);
CREATE INDEX sessions_account ON sessions (store_id, account_id);
CREATE INDEX sessions_expires ON sessions (expires);

-- Attempts to sign in that have not succeeded, so that guessing slows down whichever process serves it.
CREATE TABLE sign_in_attempts (
    id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email   text        NOT NULL,
    address text        NOT NULL,
    at      timestamptz NOT NULL
);
CREATE INDEX sign_in_attempts_email ON sign_in_attempts (email, at);
CREATE INDEX sign_in_attempts_address ON sign_in_attempts (address, at);

-- Prompts the tutor gave, so that the next one climbs the ladder and the evidence of a helped answer weighs less.
CREATE TABLE hints (
    store_id    integer     NOT NULL,
    learner_id  bigint      NOT NULL,
    activity_id bigint      NOT NULL,
    id          bigint      GENERATED ALWAYS AS IDENTITY,
    given       timestamptz NOT NULL,
    level       smallint    NOT NULL CHECK (level BETWEEN 0 AND 9),
    strategy    text        NOT NULL,
    model       text        NOT NULL,
    prompt      text        NOT NULL,
    question    text        NOT NULL DEFAULT '',
    reason      text        NOT NULL DEFAULT '',
    citations   jsonb       NOT NULL DEFAULT '[]',
    PRIMARY KEY (store_id, learner_id, activity_id, id)
);
