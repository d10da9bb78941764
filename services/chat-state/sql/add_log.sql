-- The log gets its name and its start once.
INSERT INTO log (id, start)
SELECT CAST($1 AS TEXT), CAST($2 AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM log)
