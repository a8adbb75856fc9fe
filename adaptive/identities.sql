-- name: point!
-- An agent belongs to a learner from now on; `set_aside` are the rows that gave way.
INSERT INTO identities (store_id, agent_id, learner_id, merged, agent, set_aside, into_id)
VALUES (:store_id, :agent_id, :learner_id, clock_timestamp(), :agent, :set_aside, :learner_id)
ON CONFLICT (store_id, agent_id) DO UPDATE
SET learner_id = excluded.learner_id, merged = excluded.merged, agent = excluded.agent, set_aside = excluded.set_aside,
    into_id = excluded.into_id;

-- name: repoint!
-- Whoever was merged into one learner before goes along.
UPDATE identities SET learner_id = :learner_id, merged = clock_timestamp()
WHERE store_id = :store_id AND learner_id = :old_id;

-- name: drop_learner!
-- A learner that is now part of another has no state of its own.
WITH gone AS (DELETE FROM checkpoints WHERE store_id = :store_id AND learner_id = :old_id)
DELETE FROM learners WHERE store_id = :store_id AND learner_id = :old_id;

-- name: separate$
-- An agent becomes its own learner again; what gave way when it was merged.
DELETE FROM identities WHERE store_id = :store_id AND agent_id = :agent_id RETURNING set_aside;

-- name: take_along
-- Those who were merged into an agent, and into them, before it was merged itself: they leave with it.
WITH RECURSIVE came AS (
    SELECT agent_id FROM identities WHERE store_id = :store_id AND into_id = :agent_id AND learner_id = :learner_id
    UNION SELECT i.agent_id FROM identities i JOIN came ON i.into_id = came.agent_id
    WHERE i.store_id = :store_id AND i.learner_id = :learner_id)
UPDATE identities i SET learner_id = :agent_id FROM came WHERE i.store_id = :store_id AND i.agent_id = came.agent_id
RETURNING i.agent_id;

-- name: of_learner
-- The agents that were merged into a learner.
SELECT i.agent_id, coalesce(a.identity, i.agent) AS agent, i.merged
FROM identities i LEFT JOIN agents a ON a.store_id = i.store_id AND a.id = i.agent_id
WHERE i.store_id = :store_id AND i.learner_id = :learner_id ORDER BY i.merged, i.agent_id;

-- name: drop_refolds!
-- What waited for a learner that is now part of another.
DELETE FROM refolds WHERE store_id = :store_id AND learner_id = :old_id;

-- name: lock_identities!
-- One change of a store's identities at a time, until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('identities', :store_id));

-- name: set_aside$
-- Of what both learners have, what gives way: the earlier goal, preferences, self-assessment and word of a trainer, the
-- later membership; at the same moment, that of the learner who is merged.
WITH lost_goals AS (
    DELETE FROM goals a USING goals b
    WHERE a.store_id = :store_id AND b.store_id = a.store_id AND b.skill = a.skill
      AND (a.learner_id, b.learner_id) IN ((:old_id, :learner_id), (:learner_id, :old_id))
      AND (b.made, b.learner_id = :learner_id) > (a.made, a.learner_id = :learner_id)
    RETURNING a.*), lost_preferences AS (
    DELETE FROM preferences a USING preferences b
    WHERE a.store_id = :store_id AND b.store_id = a.store_id
      AND (a.learner_id, b.learner_id) IN ((:old_id, :learner_id), (:learner_id, :old_id))
      AND (b.changed, b.learner_id = :learner_id) > (a.changed, a.learner_id = :learner_id)
    RETURNING a.*), lost_self_assessments AS (
    DELETE FROM self_assessments a USING self_assessments b
    WHERE a.store_id = :store_id AND b.store_id = a.store_id AND b.skill = a.skill
      AND (a.learner_id, b.learner_id) IN ((:old_id, :learner_id), (:learner_id, :old_id))
      AND (b.made, b.learner_id = :learner_id) > (a.made, a.learner_id = :learner_id)
    RETURNING a.*), lost_overrides AS (
    DELETE FROM overrides a USING overrides b
    WHERE a.store_id = :store_id AND b.store_id = a.store_id AND b.activity = a.activity
      AND (a.learner_id, b.learner_id) IN ((:old_id, :learner_id), (:learner_id, :old_id))
      AND (b.made, b.learner_id = :learner_id) > (a.made, a.learner_id = :learner_id)
    RETURNING a.*), lost_cohort_members AS (
    DELETE FROM cohort_members a USING cohort_members b
    WHERE a.store_id = :store_id AND b.store_id = a.store_id AND b.cohort_id = a.cohort_id
      AND (a.learner_id, b.learner_id) IN ((:old_id, :learner_id), (:learner_id, :old_id))
      AND (b.joined, b.learner_id = :old_id) < (a.joined, a.learner_id = :old_id)
    RETURNING a.*), lost_peers AS (
    DELETE FROM peers a USING peers b
    WHERE a.store_id = :store_id AND b.store_id = a.store_id AND b.group_id = a.group_id
      AND (a.learner_id, b.learner_id) IN ((:old_id, :learner_id), (:learner_id, :old_id))
      AND (b.joined, b.learner_id = :old_id) < (a.joined, a.learner_id = :old_id)
    RETURNING a.*)
SELECT jsonb_build_object(
    'goals', (SELECT coalesce(jsonb_agg(to_jsonb(l)), '[]') FROM lost_goals l),
    'preferences', (SELECT coalesce(jsonb_agg(to_jsonb(l)), '[]') FROM lost_preferences l),
    'self_assessments', (SELECT coalesce(jsonb_agg(to_jsonb(l)), '[]') FROM lost_self_assessments l),
    'overrides', (SELECT coalesce(jsonb_agg(to_jsonb(l)), '[]') FROM lost_overrides l),
    'cohort_members', (SELECT coalesce(jsonb_agg(to_jsonb(l)), '[]') FROM lost_cohort_members l),
    'peers', (SELECT coalesce(jsonb_agg(to_jsonb(l)), '[]') FROM lost_peers l));

-- name: move!
-- All that hangs on a learner goes along; `merged_from` remembers whose it was.
WITH goals_moved AS (
    UPDATE goals SET learner_id = :learner_id, merged_from = coalesce(merged_from, :old_id)
    WHERE store_id = :store_id AND learner_id = :old_id), preferences_moved AS (
    UPDATE preferences SET learner_id = :learner_id, merged_from = coalesce(merged_from, :old_id)
    WHERE store_id = :store_id AND learner_id = :old_id), self_assessments_moved AS (
    UPDATE self_assessments SET learner_id = :learner_id, merged_from = coalesce(merged_from, :old_id)
    WHERE store_id = :store_id AND learner_id = :old_id), overrides_moved AS (
    UPDATE overrides SET learner_id = :learner_id, merged_from = coalesce(merged_from, :old_id)
    WHERE store_id = :store_id AND learner_id = :old_id), cohort_members_moved AS (
    UPDATE cohort_members SET learner_id = :learner_id, merged_from = coalesce(merged_from, :old_id)
    WHERE store_id = :store_id AND learner_id = :old_id), peers_moved AS (
    UPDATE peers SET learner_id = :learner_id, merged_from = coalesce(merged_from, :old_id)
    WHERE store_id = :store_id AND learner_id = :old_id), coaching_moved AS (
    UPDATE coaching SET learner_id = :learner_id, merged_from = coalesce(merged_from, :old_id)
    WHERE store_id = :store_id AND learner_id = :old_id), feedback_moved AS (
    UPDATE feedback SET learner_id = :learner_id, merged_from = coalesce(merged_from, :old_id)
    WHERE store_id = :store_id AND learner_id = :old_id), decisions_moved AS (
    UPDATE decisions SET learner_id = :learner_id, merged_from = coalesce(merged_from, :old_id)
    WHERE store_id = :store_id AND learner_id = :old_id)
UPDATE placements SET learner_id = :learner_id, merged_from = coalesce(merged_from, :old_id)
WHERE store_id = :store_id AND learner_id = :old_id;

-- name: give_back!
-- What an agent, and those who leave with it, brought along becomes its own again, unless it was changed since.
WITH goals_back AS (
    UPDATE goals SET learner_id = :agent_id, merged_from = nullif(merged_from, :agent_id)
    WHERE store_id = :store_id AND learner_id = :learner_id AND merged_from = ANY(:agent_ids::bigint[])), preferences_back AS (
    UPDATE preferences SET learner_id = :agent_id, merged_from = nullif(merged_from, :agent_id)
    WHERE store_id = :store_id AND learner_id = :learner_id AND merged_from = ANY(:agent_ids::bigint[])), self_assessments_back AS (
    UPDATE self_assessments SET learner_id = :agent_id, merged_from = nullif(merged_from, :agent_id)
    WHERE store_id = :store_id AND learner_id = :learner_id AND merged_from = ANY(:agent_ids::bigint[])), overrides_back AS (
    UPDATE overrides SET learner_id = :agent_id, merged_from = nullif(merged_from, :agent_id)
    WHERE store_id = :store_id AND learner_id = :learner_id AND merged_from = ANY(:agent_ids::bigint[])), cohort_members_back AS (
    UPDATE cohort_members SET learner_id = :agent_id, merged_from = nullif(merged_from, :agent_id)
    WHERE store_id = :store_id AND learner_id = :learner_id AND merged_from = ANY(:agent_ids::bigint[])), peers_back AS (
    UPDATE peers SET learner_id = :agent_id, merged_from = nullif(merged_from, :agent_id)
    WHERE store_id = :store_id AND learner_id = :learner_id AND merged_from = ANY(:agent_ids::bigint[])), coaching_back AS (
    UPDATE coaching SET learner_id = :agent_id, merged_from = nullif(merged_from, :agent_id)
    WHERE store_id = :store_id AND learner_id = :learner_id AND merged_from = ANY(:agent_ids::bigint[])), feedback_back AS (
    UPDATE feedback SET learner_id = :agent_id, merged_from = nullif(merged_from, :agent_id)
    WHERE store_id = :store_id AND learner_id = :learner_id AND merged_from = ANY(:agent_ids::bigint[])), decisions_back AS (
    UPDATE decisions SET learner_id = :agent_id, merged_from = nullif(merged_from, :agent_id)
    WHERE store_id = :store_id AND learner_id = :learner_id AND merged_from = ANY(:agent_ids::bigint[]))
UPDATE placements SET learner_id = :agent_id, merged_from = nullif(merged_from, :agent_id)
WHERE store_id = :store_id AND learner_id = :learner_id AND merged_from = ANY(:agent_ids::bigint[]);

-- name: restore!
-- What gave way returns to whose it was, or to the learner they are part of now, where nothing has taken its place.
WITH goals_restored AS (
    INSERT INTO goals (store_id, learner_id, merged_from, skill, level, due, made)
        SELECT r.store_id, coalesce(i.learner_id, o.owner), CASE WHEN i.agent_id IS NOT NULL THEN o.owner END,
            r.skill, r.level, r.due, r.made
        FROM jsonb_populate_recordset(NULL::goals, :set_aside::jsonb -> 'goals') r
        CROSS JOIN LATERAL (SELECT coalesce(r.merged_from, r.learner_id) AS owner) o
        LEFT JOIN identities i ON i.store_id = r.store_id AND i.agent_id = o.owner
        ON CONFLICT DO NOTHING), preferences_restored AS (
    INSERT INTO preferences (store_id, learner_id, merged_from, formats, only_formats, language, weekly_minutes, adaptive, changed)
        SELECT r.store_id, coalesce(i.learner_id, o.owner), CASE WHEN i.agent_id IS NOT NULL THEN o.owner END,
            r.formats, r.only_formats, r.language, r.weekly_minutes, r.adaptive, r.changed
        FROM jsonb_populate_recordset(NULL::preferences, :set_aside::jsonb -> 'preferences') r
        CROSS JOIN LATERAL (SELECT coalesce(r.merged_from, r.learner_id) AS owner) o
        LEFT JOIN identities i ON i.store_id = r.store_id AND i.agent_id = o.owner
        ON CONFLICT DO NOTHING), self_assessments_restored AS (
    INSERT INTO self_assessments (store_id, learner_id, merged_from, skill, level, made, validated_by, validated)
        SELECT r.store_id, coalesce(i.learner_id, o.owner), CASE WHEN i.agent_id IS NOT NULL THEN o.owner END,
            r.skill, r.level, r.made, r.validated_by, r.validated
        FROM jsonb_populate_recordset(NULL::self_assessments, :set_aside::jsonb -> 'self_assessments') r
        CROSS JOIN LATERAL (SELECT coalesce(r.merged_from, r.learner_id) AS owner) o
        LEFT JOIN identities i ON i.store_id = r.store_id AND i.agent_id = o.owner
        ON CONFLICT DO NOTHING), overrides_restored AS (
    INSERT INTO overrides (store_id, learner_id, merged_from, id, activity, action, due, note, author, made) OVERRIDING SYSTEM VALUE
        SELECT r.store_id, coalesce(i.learner_id, o.owner), CASE WHEN i.agent_id IS NOT NULL THEN o.owner END,
            r.id, r.activity, r.action, r.due, r.note, r.author, r.made
        FROM jsonb_populate_recordset(NULL::overrides, :set_aside::jsonb -> 'overrides') r
        CROSS JOIN LATERAL (SELECT coalesce(r.merged_from, r.learner_id) AS owner) o
        LEFT JOIN identities i ON i.store_id = r.store_id AND i.agent_id = o.owner
        WHERE NOT EXISTS (SELECT FROM overrides t WHERE t.store_id = r.store_id AND t.activity = r.activity
            AND t.learner_id = coalesce(i.learner_id, o.owner))
        ON CONFLICT DO NOTHING), cohort_members_restored AS (
    INSERT INTO cohort_members (store_id, learner_id, merged_from, cohort_id, agent, joined)
        SELECT r.store_id, coalesce(i.learner_id, o.owner), CASE WHEN i.agent_id IS NOT NULL THEN o.owner END,
            r.cohort_id, r.agent, r.joined
        FROM jsonb_populate_recordset(NULL::cohort_members, :set_aside::jsonb -> 'cohort_members') r
        CROSS JOIN LATERAL (SELECT coalesce(r.merged_from, r.learner_id) AS owner) o
        LEFT JOIN identities i ON i.store_id = r.store_id AND i.agent_id = o.owner
        WHERE EXISTS (SELECT FROM cohorts c WHERE c.store_id = r.store_id AND c.id = r.cohort_id)
        ON CONFLICT DO NOTHING)
INSERT INTO peers (store_id, learner_id, merged_from, group_id, agent, joined)
SELECT r.store_id, coalesce(i.learner_id, o.owner), CASE WHEN i.agent_id IS NOT NULL THEN o.owner END,
    r.group_id, r.agent, r.joined
FROM jsonb_populate_recordset(NULL::peers, :set_aside::jsonb -> 'peers') r
CROSS JOIN LATERAL (SELECT coalesce(r.merged_from, r.learner_id) AS owner) o
LEFT JOIN identities i ON i.store_id = r.store_id AND i.agent_id = o.owner
WHERE EXISTS (SELECT FROM peer_groups g WHERE g.store_id = r.store_id AND g.id = r.group_id)
ON CONFLICT DO NOTHING;
