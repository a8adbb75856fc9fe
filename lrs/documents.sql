-- name: lock!
-- One writer at a time for a document, also for one that is not there yet.
SELECT pg_advisory_xact_lock(:key);

-- name: document^
-- One document with its content.
SELECT id, content_type, content, etag, updated FROM documents
WHERE store_id = :store_id AND kind = :kind AND activity = :activity AND agent = :agent
  AND registration = :registration AND id = :id;

-- name: put!
-- A document in place of the one before.
INSERT INTO documents (store_id, kind, activity, agent, registration, id, content_type, content, etag, updated)
VALUES (:store_id, :kind, :activity, :agent, :registration, :id, :content_type, :content, :etag, clock_timestamp())
ON CONFLICT (store_id, kind, activity, agent, registration, id) DO UPDATE
SET content_type = excluded.content_type, content = excluded.content, etag = excluded.etag, updated = excluded.updated;

-- name: delete!
-- One document.
DELETE FROM documents
WHERE store_id = :store_id AND kind = :kind AND activity = :activity AND agent = :agent
  AND registration = :registration AND id = :id;

-- name: ids
-- The ids of an owner's documents, of one registration or of all, changed after a moment or at any time.
SELECT id, max(updated) AS updated FROM documents
WHERE store_id = :store_id AND kind = :kind AND activity = :activity AND agent = :agent
  AND (:registration::uuid IS NULL OR registration = :registration)
  AND (:since::timestamptz IS NULL OR updated > :since)
GROUP BY id
ORDER BY id;

-- name: delete_all!
-- All documents of an owner, of one registration or of all.
DELETE FROM documents
WHERE store_id = :store_id AND kind = :kind AND activity = :activity AND agent = :agent
  AND (:registration::uuid IS NULL OR registration = :registration);
