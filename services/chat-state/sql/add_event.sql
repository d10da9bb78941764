INSERT INTO event (seq, at, kind, chat_id, body) VALUES ($1, $2, $3, $4, $5)
