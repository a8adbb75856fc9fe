-- name: insert_attachment^
-- An attachment's row, unless its hash is there: then it is locked, so that nobody can forget what is sent again.
INSERT INTO attachments AS a (store_id, sha2, length) VALUES (:store_id, :sha2, :length)
ON CONFLICT (store_id, sha2) DO UPDATE SET length = a.length WHERE false
RETURNING length;

-- name: insert_part!
-- One part of an attachment's content.
INSERT INTO attachment_parts (store_id, sha2, part, content) VALUES (:store_id, :sha2, :part, :content);

-- name: lengths
-- Which of these attachments a store has, and how many octets each is.
SELECT sha2, length FROM attachments WHERE store_id = :store_id AND sha2 = ANY(:hashes::bytea[]);

-- name: part$
-- One part of an attachment's content.
SELECT content FROM attachment_parts WHERE store_id = :store_id AND sha2 = :sha2 AND part = :part;
