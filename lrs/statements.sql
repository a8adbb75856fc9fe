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

-- name: inherit_terms!
-- Statements match what their targets match (Communication 2.1.3.s3): give these, and all that refer to them, the terms
-- of everything they reach.
WITH RECURSIVE source (position) AS (
    SELECT unnest(:positions::bigint[])
    UNION
    SELECT r.position
    FROM source
    JOIN statements s ON s.store_id = :store_id AND s.position = source.position
    JOIN statement_references r ON r.store_id = :store_id AND r.target = s.id
), reached (source, position) AS (
    SELECT source.position, t.position
    FROM source
    JOIN statement_references r ON r.store_id = :store_id AND r.position = source.position
    JOIN statements t ON t.store_id = :store_id AND t.id = r.target
    UNION
    SELECT reached.source, t.position
    FROM reached
    JOIN statement_references r ON r.store_id = :store_id AND r.position = reached.position
    JOIN statements t ON t.store_id = :store_id AND t.id = r.target
), matched (source, position) AS (
    SELECT source, position FROM reached
    UNION
    SELECT source, source FROM reached
), term (source, kind, term) AS (
    SELECT m.source, t.kind, t.term
    FROM matched m
    JOIN statements s ON s.store_id = :store_id AND s.position = m.position
    CROSS JOIN LATERAL (VALUES
        (1, s.actor), (2, s.actor), (2, s.authority), (3, s.activity), (4, s.activity), (5, s.verb),
        (6, (('x' || substr(replace(s.registration::text, '-', ''), 1, 16))::bit(64)
             # ('x' || substr(replace(s.registration::text, '-', ''), 17))::bit(64))::bigint)
    ) AS t (kind, term)
    WHERE t.term IS NOT NULL AND NOT (t.kind <= 2 AND t.term = 0)
    UNION
    SELECT m.source, r.kind, r.term
    FROM matched m
    JOIN related_terms r ON r.store_id = :store_id AND r.position + 0 = m.position
), verb (source, verb) AS (
    SELECT source, term FROM term WHERE kind = 5
)
INSERT INTO related_terms (store_id, kind, main, term, verb, position)
SELECT DISTINCT s.store_id, t.kind::smallint, v.verb = s.verb, t.term, v.verb, s.position
FROM term t
JOIN verb v ON v.source = t.source
JOIN statements s ON s.store_id = :store_id AND s.position = t.source
WHERE (t.kind < 5 OR v.verb = s.verb)
  AND NOT (v.verb = s.verb AND (
      (t.kind <= 2 AND t.term = s.actor)
      OR (t.kind = 2 AND t.term = s.authority)
      OR (t.kind IN (3, 4) AND t.term IS NOT DISTINCT FROM s.activity)
      OR (t.kind = 5 AND t.term = s.verb)
      OR (t.kind = 6 AND s.registration IS NOT NULL AND t.term =
          (('x' || substr(replace(s.registration::text, '-', ''), 1, 16))::bit(64)
           # ('x' || substr(replace(s.registration::text, '-', ''), 17))::bit(64))::bigint)))
  AND NOT EXISTS (
      SELECT FROM related_terms r
      WHERE r.store_id = s.store_id AND r.position + 0 = s.position
        AND r.kind = t.kind AND r.term = t.term AND r.verb = v.verb
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

-- name: from_position
-- Statements in the order they were stored, from just after a position on; voided ones are told as such.
SELECT position, id, payload, voided FROM statements
WHERE store_id = :store_id AND position > :position
ORDER BY position
LIMIT :most;
