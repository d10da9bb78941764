SELECT * FROM account WHERE id_code = $1
