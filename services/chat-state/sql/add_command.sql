-- Inserting a command that is there already changes nothing: it was decided before, or its id was
-- given to two commands, and then the first one is the one to remember.
INSERT INTO command (id, wire, body, created, fingerprint) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO NOTHING
