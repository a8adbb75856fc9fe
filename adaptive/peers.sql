-- name: form$
-- A new peer group; nothing where the name is taken.
INSERT INTO peer_groups (store_id, name, purpose, author, formed)
VALUES (:store_id, :name, :purpose, :author, :formed)
ON CONFLICT (store_id, name) DO NOTHING RETURNING id;

-- name: dissolve$
-- Dissolves a group; its memberships go with it.
DELETE FROM peer_groups WHERE store_id = :store_id AND id = :group_id RETURNING id;

-- name: of_store
-- The groups of a store with their size.
SELECT g.id, g.name, g.purpose, g.author, g.formed,
    (SELECT count(*) FROM peers p WHERE p.store_id = g.store_id AND p.group_id = g.id) AS members
FROM peer_groups g WHERE g.store_id = :store_id ORDER BY lower(g.name);

-- name: change$
-- Another name and purpose.
UPDATE peer_groups SET name = :name, purpose = :purpose WHERE store_id = :store_id AND id = :group_id RETURNING id;

-- name: one^
-- A group.
SELECT id, name, purpose, author, formed FROM peer_groups WHERE store_id = :store_id AND id = :group_id;

-- name: hold$
-- Whether there is such a group, which stays until the transaction ends.
SELECT id FROM peer_groups WHERE store_id = :store_id AND id = :group_id FOR SHARE;

-- name: join!
-- Makes a learner a member.
INSERT INTO peers (store_id, group_id, learner_id, agent, joined)
VALUES (:store_id, :group_id, :learner_id, :agent, :joined) ON CONFLICT DO NOTHING;

-- name: leave$
-- Ends a membership.
DELETE FROM peers WHERE store_id = :store_id AND group_id = :group_id AND learner_id = :learner_id
RETURNING learner_id;

-- name: members
-- The members of some groups.
SELECT p.group_id, p.learner_id, p.agent, p.joined, a.names FROM peers p
LEFT JOIN agents a ON a.store_id = p.store_id AND a.id = p.learner_id
WHERE p.store_id = :store_id AND p.group_id = ANY(:group_ids::bigint[]) ORDER BY p.learner_id;

-- name: of_learner
-- The groups that a learner belongs to.
SELECT g.id, g.name, g.purpose, g.author, p.joined FROM peers p
JOIN peer_groups g ON g.store_id = p.store_id AND g.id = p.group_id
WHERE p.store_id = :store_id AND p.learner_id = :learner_id ORDER BY lower(g.name);
