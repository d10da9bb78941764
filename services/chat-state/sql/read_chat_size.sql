SELECT COUNT(*) AS versions, COALESCE(SUM(LENGTH(content)), 0) AS characters
FROM message WHERE chat_base_id = $1
