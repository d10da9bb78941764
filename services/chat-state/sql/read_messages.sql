-- The newest version of each message of chat $1 that was stored later than $2 or written by an event
-- after $3. As updated rises with seq, what was stored later is what comes after the last message
-- that was not: that is the bound, found from the new end. Both kinds of messages that the index
-- tells apart (migration 4) are asked for by name, so that each is a range of it.
WITH bound AS (
    SELECT CASE WHEN COALESCE(MAX(seq), 0) < $3 THEN COALESCE(MAX(seq), 0) ELSE $3 END AS seq
    FROM (
        SELECT * FROM (SELECT p.seq FROM message p
            WHERE p.chat_base_id = $1 AND p.updated <= $2 AND $2 > 0
                AND CASE WHEN p.event IN ('rating', 'requested-chat-forward', 'message-read')
                    THEN 1 ELSE 0 END = 0
            ORDER BY p.seq DESC LIMIT 1) said
        UNION ALL
        SELECT * FROM (SELECT p.seq FROM message p
            WHERE p.chat_base_id = $1 AND p.updated <= $2 AND $2 > 0
                AND CASE WHEN p.event IN ('rating', 'requested-chat-forward', 'message-read')
                    THEN 1 ELSE 0 END = 1
            ORDER BY p.seq DESC LIMIT 1) noted) both_kinds),
found AS (
    SELECT m.* FROM message m
    WHERE m.chat_base_id = $1 AND m.seq > (SELECT seq FROM bound)
        AND CASE WHEN m.event IN ('rating', 'requested-chat-forward', 'message-read')
            THEN 1 ELSE 0 END = 0
    UNION ALL
    SELECT m.* FROM message m
    WHERE m.chat_base_id = $1 AND m.seq > (SELECT seq FROM bound)
        AND CASE WHEN m.event IN ('rating', 'requested-chat-forward', 'message-read')
            THEN 1 ELSE 0 END = 1)
SELECT base_id AS id, chat_base_id AS chat_id, seq, content, event, author_id, author_timestamp,
    author_first_name, author_last_name, author_role, forwarded_by_user, forwarded_from_csa,
    forwarded_to_csa, rating, created, updated
FROM (SELECT found.*, MAX(found.id) OVER (PARTITION BY found.base_id) AS newest FROM found) version
WHERE version.id = version.newest
ORDER BY version.created, version.id
