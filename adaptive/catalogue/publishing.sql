-- name: lock_catalogue$
-- One publisher of a store at a time, until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('catalogue', :store_id));

-- name: head^
-- The newest version.
SELECT version, digest FROM catalogue_versions WHERE store_id = :store_id ORDER BY version DESC LIMIT 1;

-- name: collections_at
-- The newest row of each collection up to a version.
SELECT DISTINCT ON (collection) collection, document
FROM catalogue_versions
WHERE store_id = :store_id AND version <= :version
ORDER BY collection, version DESC;

-- name: document_before$
-- What a collection was before one version touched it.
SELECT document FROM catalogue_versions
WHERE store_id = :store_id AND collection = :collection AND version < :version
ORDER BY version DESC LIMIT 1;

-- name: collection_of$
-- Which collection a version touched.
SELECT collection FROM catalogue_versions WHERE store_id = :store_id AND version = :version;

-- name: publish!
-- One more version.
INSERT INTO catalogue_versions (store_id, version, collection, document, digest, published, author, note)
VALUES (:store_id, :version, :collection, :document, :digest, clock_timestamp(), :author, :note);

-- name: history
-- Versions without their documents, the newest first.
SELECT version, collection, document IS NULL AS withdrawn, length(document) AS bytes, published, author, note
FROM catalogue_versions WHERE store_id = :store_id ORDER BY version DESC LIMIT :most;

-- name: met_items
-- Which of these items there may be evidence for.
SELECT item_id FROM discoveries WHERE store_id = :store_id AND item_id = ANY(:item_ids::bigint[])
UNION SELECT id FROM activities WHERE store_id = :store_id AND id = ANY(:item_ids::bigint[]);

-- name: refold_answerers!
-- Learners whose evidence on these items has to be read with the new catalogue: also where it seems not to be folded yet,
-- for somebody may just be folding it with the old one.
INSERT INTO refolds (store_id, learner_id, reason, afresh)
SELECT DISTINCT e.store_id, coalesce(i.learner_id, e.agent_id), 'catalogue', true
FROM evidence e LEFT JOIN identities i ON i.store_id = e.store_id AND i.agent_id = e.agent_id
WHERE e.store_id = :store_id AND e.item_id = ANY(:item_ids::bigint[]);
