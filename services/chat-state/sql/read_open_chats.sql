-- $1: the id after which the page begins; $2: most rows.
SELECT v.* FROM open_chat o
JOIN chat_version v ON v.row_id = (
    SELECT n.id FROM chat n WHERE n.base_id = o.base_id ORDER BY n.id DESC LIMIT 1)
WHERE o.base_id > $1
ORDER BY o.base_id
LIMIT $2
