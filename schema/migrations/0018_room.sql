-- Rows of learners with many skills waste less of a page, and those with few are still written anew on their own.
ALTER TABLE learners SET (fillfactor = 80);
