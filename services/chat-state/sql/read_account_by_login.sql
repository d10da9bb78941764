SELECT * FROM account WHERE login = $1 ORDER BY row_id DESC LIMIT 1
