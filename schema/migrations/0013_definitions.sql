-- Two definitions of an activity as one that knows both, so that statements' definitions are merged where they lie.
CREATE FUNCTION merge_definition(known jsonb, told jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN known || told || (
    SELECT coalesce(jsonb_object_agg(name, (known -> name) || (told -> name)), '{}')
    FROM unnest(ARRAY['name', 'description', 'extensions']) AS name
    WHERE jsonb_typeof(known -> name) = 'object' AND jsonb_typeof(told -> name) = 'object'
);
