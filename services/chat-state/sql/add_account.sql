-- $10: '' or 'deleted'.
INSERT INTO "user" (id, id_code, login, password_hash, first_name, last_name, display_name,
    csa_title, csa_email, status, created)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
