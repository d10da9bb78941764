SELECT seq, body FROM event WHERE chat_id = $1 AND seq > $2 ORDER BY seq LIMIT $3
