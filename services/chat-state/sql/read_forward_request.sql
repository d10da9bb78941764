-- The newest message of chat $1 that asked whether it may be forwarded, as it was asked: an answer is
-- a later version, which may have lost what was asked. It is of those that the index (migration 4)
-- has apart.
SELECT base_id AS id, chat_base_id AS chat_id, seq, content, event, author_id, author_timestamp,
    author_first_name, author_last_name, author_role, forwarded_by_user, forwarded_from_csa,
    forwarded_to_csa, rating, created, updated
FROM message
WHERE chat_base_id = $1
    AND CASE WHEN event IN ('rating', 'requested-chat-forward', 'message-read') THEN 1 ELSE 0 END = 1
    AND event = 'requested-chat-forward'
ORDER BY seq DESC LIMIT 1
