-- name: insert!
-- Rows of evidence: columns as arrays, in the order in which rows are locked; arrays of ids as text. What is the same in
-- all comes once.
INSERT INTO evidence (
    store_id, stored, kind, verb, hints, agent_id, timestamp, statement_id, position, item_id, score, choices, confidence,
    seconds, registration, response_hash, skill_ids, container_ids
)
SELECT coalesce(store_id, (:store_ids::integer[])[1]), coalesce(stored, (:stored::timestamptz[])[1]),
    coalesce(kind, (:kinds::smallint[])[1]), coalesce(verb, (:verbs::smallint[])[1]),
    coalesce(hints, (:hints::smallint[])[1]), agent_id, timestamp, statement_id, position, item_id, score, choices,
    confidence, seconds, registration, response_hash, skill_ids::bigint[], container_ids::bigint[]
FROM unnest(
    :store_ids::integer[], :stored::timestamptz[], :kinds::smallint[], :verbs::smallint[], :hints::smallint[],
    :agent_ids::bigint[], :timestamps::timestamptz[], :statement_ids::uuid[], :positions::integer[],
    :item_ids::bigint[], :scores::float8[], :choices::smallint[], :confidences::real[], :seconds::real[],
    :registrations::uuid[], :response_hashes::bigint[], :skill_ids::text[], :container_ids::text[]
) AS row (
    store_id, stored, kind, verb, hints, agent_id, timestamp, statement_id, position, item_id, score, choices, confidence,
    seconds, registration, response_hash, skill_ids, container_ids
);

-- name: insert_voids!
-- Statements that were taken back.
INSERT INTO evidence_voids (store_id, statement_id, stored)
SELECT * FROM unnest(:store_ids::integer[], :statement_ids::uuid[], :stored::timestamptz[])
ON CONFLICT DO NOTHING;
