-- What a decision rested on, so that it stands until something changes.

ALTER TABLE decisions ADD COLUMN fingerprint bytea;
