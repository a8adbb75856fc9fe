-- name: keep!
-- One decision with all that explains it.
INSERT INTO decisions (store_id, id, learner_id, made, mode, policy, item_version, catalogue_version, document)
VALUES (:store_id, :id, :learner_id, :made, :mode, :policy, :item_version, :catalogue_version, :document);

-- name: one^
-- A decision by its id.
SELECT id, learner_id, made, mode, policy, item_version, catalogue_version, document
FROM decisions WHERE store_id = :store_id AND id = :id;

-- name: of_learner
-- A learner's latest decisions.
SELECT id, learner_id, made, mode, policy, item_version, catalogue_version, document
FROM decisions WHERE store_id = :store_id AND learner_id = :learner_id ORDER BY made DESC LIMIT :most;

-- name: logged
-- Decisions of a span of time, for off-policy evaluation.
SELECT id, learner_id, made, mode, policy, item_version, catalogue_version, document
FROM decisions WHERE store_id = :store_id AND made >= :since AND made < :until ORDER BY made, id;
