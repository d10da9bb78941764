-- The newest version of each message of chat $1 that was stored later than $2
-- or written by an event after $3.
SELECT m.base_id AS id, m.chat_base_id AS chat_id, m.seq, m.content, m.event, m.author_id,
    m.author_timestamp, m.author_first_name, m.author_last_name, m.author_role,
    m.forwarded_by_user, m.forwarded_from_csa, m.forwarded_to_csa, m.rating, m.created, m.updated
FROM message m
WHERE m.chat_base_id = $1 AND (m.updated > $2 OR m.seq > $3)
    AND NOT EXISTS (SELECT 1 FROM message n WHERE n.base_id = m.base_id AND n.id > m.id)
ORDER BY m.created, m.id
