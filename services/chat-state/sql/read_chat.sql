SELECT * FROM chat_version
WHERE row_id = (SELECT n.id FROM chat n WHERE n.base_id = $1 ORDER BY n.id DESC LIMIT 1)
