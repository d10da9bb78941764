DELETE FROM revocation WHERE token_id IN (
    SELECT token_id FROM revocation WHERE expires_at <= $1 ORDER BY expires_at LIMIT 1000)
