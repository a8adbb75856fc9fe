-- Answers dated at the ends of the calendar have waited, because nothing could be reckoned from their times.
UPDATE evidence SET "timestamp" = least(greatest("timestamp", '0002-01-01 00:00:00Z'), '9998-12-31 00:00:00Z')
WHERE version IS NULL AND "timestamp" NOT BETWEEN '0002-01-01 00:00:00Z' AND '9998-12-31 00:00:00Z';

-- Learners of whom such an answer was the last that could be folded are replayed.
INSERT INTO refolds (store_id, learner_id, reason)
SELECT store_id, learner_id, 'calendar' FROM learners WHERE last_timestamp > '9998-12-31 00:00:00Z';
UPDATE evidence e SET "timestamp" = '9998-12-31 00:00:00Z'
FROM (
    SELECT store_id, learner_id AS agent_id FROM refolds WHERE reason = 'calendar'
    UNION
    SELECT i.store_id, i.agent_id FROM refolds r JOIN identities i USING (store_id, learner_id) WHERE r.reason = 'calendar'
) AS late
WHERE e.store_id = late.store_id AND e.agent_id = late.agent_id AND e."timestamp" > '9998-12-31 00:00:00Z';
UPDATE learners SET last_timestamp = '9998-12-31 00:00:00Z' WHERE last_timestamp > '9998-12-31 00:00:00Z';
