INSERT INTO deadline (id, kind, subject, due, attempts, created, body)
VALUES ($1, $2, $3, $4, $5, $6, $7)
