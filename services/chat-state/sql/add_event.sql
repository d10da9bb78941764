INSERT INTO event (seq, at, kind, chat_id, body, command_id, fingerprint)
VALUES ($1, $2, $3, $4, $5, $6, $7)
