-- Versions of messages with a row id less than $1, newest first; most rows: $2.
SELECT id AS row_id, chat_base_id, content FROM message WHERE id < $1 ORDER BY id DESC LIMIT $2
