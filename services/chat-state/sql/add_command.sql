INSERT INTO command (id, wire, body, created) VALUES ($1, $2, $3, $4)
