-- name: definitions
-- What statements told of these activities.
SELECT id, definition FROM activities WHERE store_id = :store_id AND id = ANY(:ids::bigint[]);
