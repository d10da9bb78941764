INSERT INTO configuration (id, key, value, deleted, created) VALUES ($1, $2, $3, $4, $5)
