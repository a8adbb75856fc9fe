-- One index finds the statements of an agent or an activity, with a verb or without: the verb stands behind the position
-- and is compared inside the index, so that a page needs no second index that every statement would have to be put into.
DROP INDEX statements_actor, statements_actor_verb, statements_activity, statements_activity_verb;
CREATE INDEX statements_actor ON statements (store_id, actor, position, verb);
CREATE INDEX statements_activity ON statements (store_id, activity, position, verb) WHERE activity IS NOT NULL;
