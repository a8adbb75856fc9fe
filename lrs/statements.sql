-- name: begin_write^
-- The microsecond that is `stored` for this transaction, and whether references wait for any of these statements.
SELECT moment, awaited FROM begin_write(:alone, :ids);

-- name: consistent_through$
-- The microsecond before which nothing will be stored any more.
SELECT consistent_through();

-- name: insert!
-- Statements: columns as arrays, in the order in which rows are locked. What is the same in all comes once.
INSERT INTO statements (store_id, authority, position, actor, verb, activity, id, registration, payload)
SELECT coalesce(store_id, (:stores::integer[])[1]), coalesce(authority, (:authorities::bigint[])[1]), position, actor,
    verb, activity, id, registration, payload
FROM unnest(
    :stores::integer[], :authorities::bigint[], :positions::bigint[], :actors::bigint[], :verbs::bigint[],
    :activities::bigint[], :ids::uuid[], :registrations::uuid[], :payloads::bytea[]
) AS row (store_id, authority, position, actor, verb, activity, id, registration, payload);

-- name: insert_related!
-- What statements also match, from their own parts.
INSERT INTO related_terms (store_id, kind, main, term, verb, position)
SELECT coalesce(store_id, (:stores::integer[])[1]), coalesce(kind, (:kinds::smallint[])[1]), true, term, verb, position
FROM unnest(:stores::integer[], :kinds::smallint[], :terms::bigint[], :verbs::bigint[], :positions::bigint[])
    AS related (store_id, kind, term, verb, position);

-- name: insert_references!
-- What statements refer to.
INSERT INTO statement_references (store_id, target, position, voiding)
SELECT * FROM unnest(:stores::integer[], :targets::uuid[], :positions::bigint[], :voiding::boolean[]);

-- name: existing_ids
-- Which of these ids a store has.
SELECT id FROM statements WHERE store_id = :store_id AND id = ANY(:ids::uuid[]);

-- name: existing_payloads
-- The statements that a store has of these ids.
SELECT id, payload FROM statements WHERE store_id = :store_id AND id = ANY(:ids::uuid[]);

-- name: references_to
-- References, of this transaction too, whose target is one of these statements.
SELECT position, target, voiding FROM statement_references
WHERE store_id = :store_id AND target = ANY(:ids::uuid[]);

-- name: void!
-- Void those of these statements that a voiding statement names, unless they void themselves.
UPDATE statements s SET voided = true
WHERE s.store_id = :store_id AND s.id = ANY(:ids::uuid[]) AND NOT s.voided AND s.verb <> :voided_verb
  AND EXISTS (
      SELECT FROM statement_references r
      WHERE r.store_id = s.store_id AND r.target = s.id AND r.voiding
  );

-- name: reached
-- Of these statements and all that refer to them: each with itself and with every statement that it reaches by references,
-- of at most so many in a row. In a ring the same comes several times.
WITH RECURSIVE source (position, followed) AS (
    SELECT unnest(:positions::bigint[]), 0
    UNION
    SELECT r.position, source.followed + 1
    FROM source
    JOIN statements s ON s.store_id = :store_id AND s.position = source.position
    JOIN statement_references r ON r.store_id = :store_id AND r.target = s.id
    WHERE source.followed < :most::integer
), reached (source, position, followed) AS (
    SELECT position, position, 0 FROM source
    UNION
    SELECT reached.source, t.position, reached.followed + 1
    FROM reached
    JOIN statement_references r ON r.store_id = :store_id AND r.position = reached.position
    JOIN statements t ON t.store_id = :store_id AND t.id = r.target
    WHERE reached.followed < :most::integer
)
SELECT reached.source, s.position, s.actor, s.verb, s.activity, s.authority, s.registration, s.payload
FROM reached JOIN statements s ON s.store_id = :store_id AND s.position = reached.position
ORDER BY reached.source;

-- name: insert_inherited!
-- What statements match through their references, but for what is there.
INSERT INTO related_terms (store_id, kind, main, term, verb, position)
SELECT :store_id, t.kind, t.main, t.term, t.verb, t.position
FROM unnest(:kinds::smallint[], :main::boolean[], :terms::bigint[], :verbs::bigint[], :positions::bigint[])
    AS t (kind, main, term, verb, position)
WHERE NOT EXISTS (
    SELECT FROM related_terms r
    WHERE r.store_id = :store_id AND r.kind = t.kind AND r.term = t.term AND r.position = t.position AND r.verb = t.verb
);

-- name: count_unread$
-- Statements that a side job could not read, of all stores.
SELECT count(*) FROM unread;

-- name: insert_unread!
-- Statements that an observer could not read.
INSERT INTO unread (store_id, observer, statement_id, error)
SELECT * FROM unnest(:stores::integer[], :observers::text[], :ids::uuid[], :errors::text[])
ON CONFLICT DO NOTHING;

-- name: by_id^
-- One statement.
SELECT position, payload, voided FROM statements WHERE store_id = :store_id AND id = :id;

-- name: by_ids
-- The statements of these ids, the oldest first, voided ones too.
SELECT position, id, payload, voided FROM statements
WHERE store_id = :store_id AND id = ANY(:ids::uuid[])
ORDER BY position;

-- name: latest_positions
-- The newest statement of each of these authorities that has any.
SELECT authority, position
FROM unnest(:authorities::bigint[]) AS asked (authority)
CROSS JOIN LATERAL (
    SELECT s.position FROM statements s
    WHERE s.store_id = :store_id AND s.authority = asked.authority
    ORDER BY s.position DESC
    LIMIT 1
) AS newest;

-- name: from_position
-- Statements in the order they were stored, from just after a position on; voided ones are told as such.
SELECT position, id, payload, voided FROM statements
WHERE store_id = :store_id AND position > :position
ORDER BY position
LIMIT :most;
