-- name: merge_activities!
-- Activities, sorted by id; a known one gains what it lacked and what changed. What is known already is left out: a
-- conflict, even one that changes nothing, would lock its row. Most of it was told last in the very same words, which the
-- index tells; of the rest the definitions are compared.
INSERT INTO activities AS a (store_id, id, iri, definition, told)
SELECT :store_id::integer, told.id, told.iri, told.definition::jsonb, hashtextextended(told.definition, 0)
FROM unnest(:ids::bigint[], :iris::text[], :definitions::text[]) AS told (id, iri, definition)
WHERE NOT EXISTS (
    SELECT FROM activities known
    WHERE known.store_id = :store_id::integer AND known.id = told.id
      AND (known.told = hashtextextended(told.definition, 0) OR told.definition = '{}')
) AND NOT EXISTS (
    SELECT FROM activities known
    WHERE known.store_id = :store_id::integer AND known.id = told.id AND known.told IS NOT NULL
      AND (known.definition = known.definition || told.definition::jsonb
           OR known.definition = merge_definition(known.definition, told.definition::jsonb))
)
ORDER BY told.id
ON CONFLICT (store_id, id) DO UPDATE
SET definition = merge_definition(a.definition, excluded.definition), told = excluded.told, updated = now()
WHERE a.told IS NULL OR a.definition <> merge_definition(a.definition, excluded.definition);

-- name: merge_verbs!
-- Verbs, sorted by id; a known one gains the languages it lacked and the texts that changed. As with activities, what is
-- known already is left out.
INSERT INTO verbs AS v (store_id, id, iri, display)
SELECT :store_id::integer, told.id, told.iri, told.display::jsonb
FROM unnest(:ids::bigint[], :iris::text[], :displays::text[]) AS told (id, iri, display)
LEFT JOIN verbs known ON known.store_id = :store_id::integer AND known.id = told.id
WHERE known.id IS NULL OR NOT known.display @> told.display::jsonb
ORDER BY told.id
ON CONFLICT (store_id, id) DO UPDATE SET display = v.display || excluded.display, updated = now()
WHERE NOT v.display @> excluded.display;

-- name: merge_agents!
-- Agents and groups, sorted by id; a known one gains the name it was given last. As with activities.
INSERT INTO agents AS a (store_id, id, identity, names, is_group, told)
SELECT :store_id::integer, told.id, told.identity::jsonb,
    CASE WHEN told.name IS NULL THEN ARRAY[]::text[] ELSE ARRAY[told.name] END, told.is_group,
    hashtextextended(told.name, 0)
FROM unnest(:ids::bigint[], :identities::text[], :names::text[], :groups::boolean[])
    AS told (id, identity, name, is_group)
WHERE NOT EXISTS (
    SELECT FROM agents known
    WHERE known.store_id = :store_id::integer AND known.id = told.id
      AND (known.told = hashtextextended(told.name, 0) OR told.name IS NULL)
)
ORDER BY told.id
ON CONFLICT (store_id, id) DO UPDATE
SET names = array_remove(a.names, excluded.names[1]) || excluded.names, told = excluded.told, updated = now()
WHERE cardinality(excluded.names) > 0 AND a.names[cardinality(a.names)] IS DISTINCT FROM excluded.names[1];

-- name: activity^
-- What is known of one activity.
SELECT iri, definition FROM activities WHERE store_id = :store_id AND id = :id;

-- name: activities
-- What is known of these activities.
SELECT id, iri, definition FROM activities WHERE store_id = :store_id AND id = ANY(:ids::bigint[]);

-- name: verbs
-- What is known of these verbs.
SELECT id, iri, display FROM verbs WHERE store_id = :store_id AND id = ANY(:ids::bigint[]);

-- name: agent^
-- The names that an agent or group has been given.
SELECT identity, names, is_group FROM agents WHERE store_id = :store_id AND id = :id;
