-- 0 where there is none.
SELECT
    COALESCE((SELECT seq FROM event ORDER BY seq LIMIT 1), 0) AS event,
    COALESCE((SELECT at FROM event ORDER BY seq LIMIT 1), 0) AS event_at,
    COALESCE((SELECT MIN(created) FROM command), 0) AS command,
    COALESCE((SELECT MIN(expires_at) FROM token), 0) AS token
