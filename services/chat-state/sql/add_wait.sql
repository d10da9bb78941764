-- After add_chat of row $1, when that version has an agent.
INSERT INTO wait (id, milliseconds)
SELECT c.id, c.updated - c.created FROM chat c
WHERE c.id = $1
    AND (SELECT p.customer_support_id FROM chat p
        WHERE p.base_id = c.base_id AND p.id < c.id
        ORDER BY p.id DESC LIMIT 1) = ''
