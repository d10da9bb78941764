INSERT INTO chat (id, base_id, seq, customer_support_id, customer_support_display_name,
    csa_title, end_user_id, end_user_first_name, end_user_last_name, status, created, updated,
    ended, end_user_email, end_user_phone, end_user_os, end_user_url, external_id, forwarded_to,
    forwarded_to_name, received_from, received_from_name, feedback_rating, feedback_text, labels)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)
