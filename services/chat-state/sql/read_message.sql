-- The newest version of message $2 of chat $1.
SELECT base_id AS id, chat_base_id AS chat_id, seq, content, event, author_id, author_timestamp,
    author_first_name, author_last_name, author_role, forwarded_by_user, forwarded_from_csa,
    forwarded_to_csa, rating, created, updated
FROM message
WHERE chat_base_id = $1 AND base_id = $2
ORDER BY seq DESC LIMIT 1
