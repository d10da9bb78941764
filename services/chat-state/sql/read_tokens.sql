-- $1: the id after which the page begins; $2: what expires later; $3: most rows.
SELECT token_id, cookie, subject, expires_at FROM token
WHERE token_id > $1 AND expires_at > $2
ORDER BY token_id
LIMIT $3
