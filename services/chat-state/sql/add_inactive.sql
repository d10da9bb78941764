-- For the open chats that have no such deadline: they were opened while none was set.
INSERT INTO deadline (id, kind, subject, due, attempts, created, body)
SELECT 'inactive:' || o.base_id, 'inactive', o.base_id, CAST($1 AS BIGINT), 0, CAST($2 AS BIGINT), ''
FROM open_chat o
WHERE o.base_id > '' AND NOT EXISTS (SELECT 1 FROM deadline d WHERE d.id = 'inactive:' || o.base_id)
