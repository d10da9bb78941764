-- The newest version of each key, also of those that say deleted.
SELECT c.id, c.key, c.value, c.deleted, c.created
FROM (SELECT MAX(id) AS id FROM configuration GROUP BY key) found
JOIN configuration c ON c.id = found.id
