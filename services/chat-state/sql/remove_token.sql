DELETE FROM token WHERE token_id = $1
