-- A bounded number at once, so that new commands never wait long.
DELETE FROM command WHERE id IN (
    SELECT id FROM command WHERE created < $1 ORDER BY created LIMIT 1000)
