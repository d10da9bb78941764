INSERT INTO token (token_id, cookie, subject, issued_at, expires_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (token_id) DO NOTHING
