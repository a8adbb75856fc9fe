-- name: keep!
-- One decision with all that explains it.
INSERT INTO decisions (
    store_id, id, learner_id, made, mode, policy, item_version, catalogue_version, document, fingerprint)
VALUES (
    :store_id, :id, :learner_id, :made, :mode, :policy, :item_version, :catalogue_version, :document::text::jsonb, :fingerprint);

-- name: one^
-- A decision by its id.
SELECT id, learner_id, made, mode, policy, item_version, catalogue_version, document
FROM decisions WHERE store_id = :store_id AND id = :id;

-- name: standing^
-- The newest of a learner's latest decisions that rested on the same.
SELECT id, learner_id, made, mode, policy, item_version, catalogue_version, document
FROM (SELECT * FROM decisions WHERE store_id = :store_id AND learner_id = :learner_id AND made > :since
      ORDER BY made DESC LIMIT 8) AS latest
WHERE fingerprint = :fingerprint ORDER BY made DESC LIMIT 1;

-- name: of_learner
-- A learner's latest decisions.
SELECT id, learner_id, made, mode, policy, item_version, catalogue_version, document
FROM decisions WHERE store_id = :store_id AND learner_id = :learner_id ORDER BY made DESC LIMIT :most;

-- name: offered
-- The last decisions of a span of time, the newest first, without what they were drawn from.
SELECT id, made, document -> 'agent' AS agent, document -> 'ability' AS ability, document -> 'offers' AS offers
FROM decisions WHERE store_id = :store_id AND made >= :since AND made < :until ORDER BY made DESC, id DESC LIMIT :most;

-- name: logged
-- Decisions of a span of time, for off-policy evaluation.
SELECT id, learner_id, made, mode, policy, item_version, catalogue_version, document
FROM decisions WHERE store_id = :store_id AND made >= :since AND made < :until ORDER BY made, id;
