-- name: head^
-- The version that is current, and whether learning is frozen.
SELECT version, digest, frozen, unsaved, labelled FROM parameter_heads WHERE store_id = :store_id;

-- name: chain
-- Versions after one up to another, in order.
SELECT version, delta, snapshot, digest FROM parameter_versions
WHERE store_id = :store_id AND version > :after AND version <= :until ORDER BY version;

-- name: last_snapshot^
-- The newest whole version up to one.
SELECT version, snapshot, digest FROM parameter_versions
WHERE store_id = :store_id AND version <= :until AND snapshot IS NOT NULL ORDER BY version DESC LIMIT 1;

-- name: insert_version!
-- One more version.
INSERT INTO parameter_versions (store_id, version, published, origin, note, responses, delta, snapshot, digest)
VALUES (:store_id, :version, clock_timestamp(), :origin, :note, :responses, :delta, :snapshot, :digest);

-- name: move_head!
-- Makes a version current.
INSERT INTO parameter_heads (store_id, version, digest, unsaved) VALUES (:store_id, :version, :digest, :unsaved)
ON CONFLICT (store_id) DO UPDATE
SET version = excluded.version, digest = excluded.digest, unsaved = excluded.unsaved;

-- name: set_frozen!
-- Stops or resumes learning.
INSERT INTO parameter_heads (store_id, frozen) VALUES (:store_id, :frozen)
ON CONFLICT (store_id) DO UPDATE SET frozen = excluded.frozen;

-- name: set_labelled!
-- Remembers which catalogue's labels are in the parameters.
INSERT INTO parameter_heads (store_id, labelled) VALUES (:store_id, :labelled)
ON CONFLICT (store_id) DO UPDATE SET labelled = excluded.labelled;

-- name: lock_writer$
-- The one writer of a store's parameters, until the transaction ends; false where another has it.
SELECT pg_try_advisory_xact_lock(hashtextextended('parameters', :store_id));

-- name: wait_writer$
-- The same, waiting for the other to finish.
SELECT pg_advisory_xact_lock(hashtextextended('parameters', :store_id));

-- name: lock_writer_on!
-- The same on this connection, over any transactions, until `unlock_writer`.
SELECT pg_advisory_lock(hashtextextended('parameters', :store_id));

-- name: unlock_writer$
-- Ends what `lock_writer_on` began.
SELECT pg_advisory_unlock(hashtextextended('parameters', :store_id));

-- name: waiting_lessons
-- What is on the queue.
SELECT id FROM lessons WHERE store_id = :store_id;

-- name: drop_lessons!
-- Lessons that have been learnt in another way.
DELETE FROM lessons WHERE store_id = :store_id AND id = ANY(:ids::bigint[]);

-- name: take_lessons
-- The oldest lessons, of so many responses or little more, taken off the queue.
DELETE FROM lessons WHERE store_id = :store_id AND id IN (
    SELECT id FROM (
        SELECT id, sum(responses) OVER (ORDER BY id) - responses AS before
        FROM (SELECT id, responses FROM lessons WHERE store_id = :store_id ORDER BY id LIMIT :most) AS oldest) AS counted
    WHERE before < :most)
RETURNING id, data;

-- name: learning_stores
-- Stores with something to learn: lessons, or a catalogue whose labels have not been taken over.
SELECT s.store_id FROM (
    SELECT DISTINCT store_id FROM lessons
    UNION
    SELECT c.store_id FROM (SELECT store_id, max(version) AS version FROM catalogue_versions GROUP BY store_id) c
    LEFT JOIN parameter_heads h ON h.store_id = c.store_id WHERE coalesce(h.labelled, 0) <> c.version) s
LEFT JOIN parameter_heads h ON h.store_id = s.store_id
WHERE h.frozen IS NOT TRUE;

-- name: history
-- Versions without their bytes, the newest first.
SELECT version, published, origin, note, responses, coalesce(length(delta), 0) AS delta_bytes,
    coalesce(length(snapshot), 0) AS snapshot_bytes
FROM parameter_versions WHERE store_id = :store_id ORDER BY version DESC LIMIT :most;
