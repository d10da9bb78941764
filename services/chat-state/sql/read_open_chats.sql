-- $1: the id after which the page begins; $2: most rows.
SELECT v.*,
    CASE WHEN v.customer_support_id = '' AND EXISTS (SELECT 1 FROM chat b
        WHERE b.base_id = v.id AND b.id < v.row_id AND b.created = v.created
            AND b.customer_support_id <> '') THEN 1 ELSE 0 END AS was_with_bot
FROM open_chat o
JOIN chat_version v ON v.row_id = (
    SELECT n.id FROM chat n WHERE n.base_id = o.base_id ORDER BY n.id DESC LIMIT 1)
WHERE o.base_id > $1
ORDER BY o.base_id
LIMIT $2
