-- All but the password hash. $1: the id code after which the page begins; $2: most rows.
SELECT id_code, login, first_name, last_name, display_name, csa_title, csa_email,
    presence_status, presence_active, authority_name
FROM account WHERE id_code > $1 ORDER BY id_code LIMIT $2
