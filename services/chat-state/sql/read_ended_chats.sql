-- The last to end first: what ended from $1 on and before $2, and in this order comes after chat $4
-- that ended at $3; most rows: $5. The greatest row since the end of a chat is its newest version.
SELECT v.* FROM (
    SELECT c.ended, c.base_id, MAX(c.id) AS newest FROM chat c
    WHERE c.ended > 0 AND c.ended >= $1 AND c.ended < $2
        AND (c.ended < $3 OR c.base_id < $4)
    GROUP BY c.ended, c.base_id
    ORDER BY c.ended DESC, c.base_id DESC
    LIMIT $5) page
JOIN chat_version v ON v.row_id = page.newest
ORDER BY page.ended DESC, page.base_id DESC
