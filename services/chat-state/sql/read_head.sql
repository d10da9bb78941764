SELECT
    (SELECT id FROM log) AS log_id,
    COALESCE((SELECT MAX(seq) FROM event), 0) AS seq,
    COALESCE((SELECT MIN(seq) FROM event), 0) AS first_seq,
    (SELECT MAX(t.id) FROM (
        SELECT MAX(id) AS id FROM chat
        UNION ALL SELECT MAX(id) FROM message
        UNION ALL SELECT MAX(id) FROM configuration
        UNION ALL SELECT MAX(id) FROM "user"
        UNION ALL SELECT MAX(id) FROM user_authority
        UNION ALL SELECT MAX(id) FROM customer_support_agent_activity) t) AS newest_row,
    CASE WHEN EXISTS (SELECT 1 FROM "user") THEN 1 ELSE 0 END AS has_accounts
