SELECT token_id, expires_at FROM revocation WHERE expires_at > $1
