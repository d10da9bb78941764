INSERT INTO chat_comment (id, chat_id, comment, author_id, created) VALUES ($1, $2, $3, $4, $5)
