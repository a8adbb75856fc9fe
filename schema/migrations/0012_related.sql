-- One index finds what statements also match, with a verb or without, as in 0010; no two of its entries are alike, so
-- Postgres need not look for duplicates. What one statement matches is found by an expression of its position, which is
-- no way to walk in order: walks must begin at a term.
DROP INDEX related_terms_term, related_terms_verb, related_terms_position;
CREATE INDEX related_terms_term ON related_terms (store_id, kind, term, position, verb, main)
WITH (deduplicate_items = off);
CREATE INDEX related_terms_position ON related_terms (store_id, (position + 0));
