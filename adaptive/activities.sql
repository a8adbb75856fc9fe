-- name: extent^
-- How much has been discovered: what a remembered list is checked against.
SELECT count(*) AS count, max(found) AS latest FROM discoveries WHERE store_id = :store_id;

-- name: discovered
-- Activities met in evidence, with what the record knows of them.
SELECT d.item_id, d.skill_ids, d.choices, d.container_ids, d.found, a.iri, a.definition->>'type' AS type,
    a.definition->>'interactionType' AS interaction, a.definition->'name' AS name,
    a.definition->>'moreInfo' AS more
FROM discoveries d JOIN activities a ON a.store_id = d.store_id AND a.id = d.item_id
WHERE d.store_id = :store_id ORDER BY d.item_id;

-- name: described
-- What the record knows of activities, skills named in statements among them.
SELECT id, iri, definition->'name' AS name FROM activities
WHERE store_id = :store_id AND id = ANY(:ids::bigint[]);
