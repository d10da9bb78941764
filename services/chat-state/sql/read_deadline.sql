SELECT id, kind, subject, due, attempts, created, body FROM deadline WHERE id = $1
