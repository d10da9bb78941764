SELECT id, kind, subject, due, attempts, created, body FROM deadline ORDER BY due, id LIMIT $1
