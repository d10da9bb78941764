SELECT chat_id, comment, author_id, created FROM chat_comment
WHERE chat_id = $1 ORDER BY id DESC LIMIT 1
