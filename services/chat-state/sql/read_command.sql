-- Of a command id that was given to two commands it is the first one that counts.
SELECT wire, body, fingerprint, 0 AS seq FROM command WHERE id = $1
UNION ALL
SELECT 'event.committed' AS wire, body, fingerprint, seq FROM event
WHERE command_id = $1 AND command_id <> ''
ORDER BY seq LIMIT 1
