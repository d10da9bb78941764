-- $1: the id code after which the page begins; $2: most rows.
SELECT id_code, authority_name FROM account WHERE id_code > $1 ORDER BY id_code LIMIT $2
