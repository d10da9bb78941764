-- After add_chat of row $1, when that version has an agent. Who had the bot first did not wait since
-- created.
INSERT INTO wait (id, milliseconds)
SELECT c.id, c.updated - c.created FROM chat c
WHERE c.id = $1
    AND (SELECT p.customer_support_id FROM chat p
        WHERE p.base_id = c.base_id AND p.id < c.id
        ORDER BY p.id DESC LIMIT 1) = ''
    AND NOT EXISTS (SELECT 1 FROM chat b
        WHERE b.base_id = c.base_id AND b.id < c.id AND b.created = c.created
            AND b.customer_support_id <> '')
