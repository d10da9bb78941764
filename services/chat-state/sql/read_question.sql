-- The newest version of message $1, which was a question (migration 9).
SELECT m.base_id AS id, m.chat_base_id AS chat_id, m.seq, m.content, m.event, m.author_id,
    m.author_timestamp, m.author_first_name, m.author_last_name, m.author_role, m.forwarded_by_user,
    m.forwarded_from_csa, m.forwarded_to_csa, m.rating, m.created, m.updated
FROM message m
WHERE m.chat_base_id = (SELECT q.chat_base_id FROM message q
        WHERE q.base_id = $1
            AND q.event IN ('ask-permission', 'contact-information', 'requested-chat-forward')
        LIMIT 1)
    AND m.base_id = $1
ORDER BY m.seq DESC LIMIT 1
