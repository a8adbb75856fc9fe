-- name: insert!
-- Rows of evidence: columns as arrays, in the order in which rows are locked; arrays of ids as text.
INSERT INTO evidence (
    store_id, agent_id, timestamp, statement_id, stored, position, item_id, kind, verb, score, choices, hints, confidence,
    seconds, registration, response_hash, skill_ids, container_ids
)
SELECT store_id, agent_id, timestamp, statement_id, stored, position, item_id, kind, verb, score, choices, hints,
    confidence, seconds, registration, response_hash, skill_ids::bigint[], container_ids::bigint[]
FROM unnest(
    :store_ids::integer[], :agent_ids::bigint[], :timestamps::timestamptz[], :statement_ids::uuid[],
    :stored::timestamptz[], :positions::integer[], :item_ids::bigint[], :kinds::smallint[], :verbs::smallint[],
    :scores::float8[], :choices::smallint[], :hints::smallint[], :confidences::real[], :seconds::real[],
    :registrations::uuid[], :response_hashes::bigint[], :skill_ids::text[], :container_ids::text[]
) AS row (
    store_id, agent_id, timestamp, statement_id, stored, position, item_id, kind, verb, score, choices, hints, confidence,
    seconds, registration, response_hash, skill_ids, container_ids
);

-- name: insert_voids!
-- Statements that were taken back.
INSERT INTO evidence_voids (store_id, statement_id, stored)
SELECT * FROM unnest(:store_ids::integer[], :statement_ids::uuid[], :stored::timestamptz[])
ON CONFLICT DO NOTHING;
