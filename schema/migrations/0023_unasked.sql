-- What one statement matches is computed from the statement, and only forgetting looks for it by position.
DROP INDEX related_terms_position;
