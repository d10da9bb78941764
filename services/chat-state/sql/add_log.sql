-- The log gets its name once.
INSERT INTO log (id)
SELECT CAST($1 AS TEXT) WHERE NOT EXISTS (SELECT 1 FROM log)
