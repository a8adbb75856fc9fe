-- name: known_activity(store_id, activity_id)^
-- What statements told of an activity, and the skills that its evidence named.
SELECT a.iri, a.definition, d.skill_ids, d.choices
FROM activities a LEFT JOIN discoveries d ON d.store_id = a.store_id AND d.item_id = a.id
WHERE a.store_id = :store_id AND a.id = :activity_id;
