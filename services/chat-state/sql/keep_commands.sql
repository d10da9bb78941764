-- Before forget_events: what these events remember of commands since $4. A command id that was given
-- to two commands belongs to the first one.
INSERT INTO command (id, wire, body, created, fingerprint)
SELECT command_id, 'event.committed', body, at, fingerprint FROM event
WHERE seq <= $1 AND (seq <= $2 OR at < $3) AND at >= $4 AND command_id <> ''
ORDER BY seq
ON CONFLICT (id) DO NOTHING
