INSERT INTO message (id, base_id, chat_base_id, seq, content, event, author_id,
    author_timestamp, author_first_name, author_last_name, author_role, forwarded_by_user,
    forwarded_from_csa, forwarded_to_csa, rating, created, updated)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
