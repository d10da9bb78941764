-- What was before the start of the log is of another log.
SELECT
    l.id AS log_id,
    COALESCE((SELECT MAX(seq) FROM event WHERE seq > l.start), l.start) AS seq,
    COALESCE((SELECT MIN(seq) FROM event WHERE seq > l.start), l.start + 1) AS first_seq,
    COALESCE((SELECT at FROM event ORDER BY seq DESC LIMIT 1), 0) AS newest_at,
    (SELECT MAX(t.id) FROM (
        SELECT MAX(id) AS id FROM chat
        UNION ALL SELECT MAX(id) FROM message
        UNION ALL SELECT MAX(id) FROM chat_comment
        UNION ALL SELECT MAX(id) FROM configuration
        UNION ALL SELECT MAX(id) FROM "user"
        UNION ALL SELECT MAX(id) FROM user_authority
        UNION ALL SELECT MAX(id) FROM user_profile_settings
        UNION ALL SELECT MAX(id) FROM customer_support_agent_activity) t) AS newest_row,
    CASE WHEN EXISTS (SELECT 1 FROM "user") THEN 1 ELSE 0 END AS has_accounts
FROM log l
