INSERT INTO user_authority (id, user_id, authority_name, created) VALUES ($1, $2, $3, $4)
