-- What was told last of an activity or an agent, as a hash in the index: what is told again and again is known
-- without its row being read.
ALTER TABLE activities ADD COLUMN told bigint, DROP CONSTRAINT activities_pkey;
ALTER TABLE activities ADD PRIMARY KEY (store_id, id) INCLUDE (told);
ALTER TABLE agents ADD COLUMN told bigint, DROP CONSTRAINT agents_pkey;
UPDATE agents SET told = hashtextextended(names[cardinality(names)], 0) WHERE cardinality(names) > 0;
ALTER TABLE agents ADD PRIMARY KEY (store_id, id) INCLUDE (told);
