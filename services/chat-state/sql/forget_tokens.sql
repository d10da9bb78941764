DELETE FROM token WHERE token_id IN (
    SELECT token_id FROM token WHERE expires_at <= $1 ORDER BY expires_at LIMIT 1000)
