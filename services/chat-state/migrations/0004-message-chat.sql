-- One index over the messages of a chat where there were four, as each entry costs more than the row
-- itself. Within a chat row id, seq and updated rise together, so seq stands for all three. Receipts
-- and the like, of which a chat may have thousands, are apart, so that the last message that counts
-- as one is found at once; and a later version of a message has a greater seq, so it is always in
-- the same range as the one it replaces.
DROP VIEW chat_version;
DROP INDEX message_versions;
DROP INDEX message_updated;
DROP INDEX message_seq;
DROP INDEX message_last;
CREATE INDEX message_chat ON message (chat_base_id,
    (CASE WHEN event IN ('rating', 'requested-chat-forward', 'message-read') THEN 1 ELSE 0 END), seq);

-- As before: m is the last message that counts as one, r the last that does not.
CREATE VIEW chat_version AS
SELECT c.id AS row_id, c.base_id AS id,
    CASE WHEN m.seq > c.seq AND m.seq > COALESCE(r.seq, 0) THEN m.seq
        WHEN r.seq > c.seq THEN r.seq ELSE c.seq END AS seq,
    c.customer_support_id, c.customer_support_display_name, c.csa_title, c.end_user_id,
    c.end_user_first_name, c.end_user_last_name, c.status, c.created,
    CASE WHEN m.updated > c.updated AND m.updated > COALESCE(r.updated, 0) THEN m.updated
        WHEN r.updated > c.updated THEN r.updated ELSE c.updated END AS updated,
    c.ended, c.end_user_email, c.end_user_phone, c.end_user_os, c.end_user_url,
    c.external_id, c.forwarded_to, c.forwarded_to_name, c.received_from, c.received_from_name,
    c.feedback_rating, c.feedback_text,
    COALESCE(m.content, '') AS last_message,
    COALESCE(m.author_timestamp, 0) AS last_message_timestamp,
    COALESCE((SELECT k.content FROM message k
        WHERE k.chat_base_id = c.base_id AND k.event = 'contact-information-fulfilled'
        ORDER BY k.id DESC LIMIT 1), '') AS contacts_message,
    COALESCE((SELECT e.event FROM message e
        WHERE e.chat_base_id = c.base_id AND e.event <> ''
        ORDER BY e.id DESC LIMIT 1), '') AS last_message_event
FROM chat c
LEFT JOIN message m ON m.id = (SELECT l.id FROM message l
    WHERE l.chat_base_id = c.base_id
        AND CASE WHEN l.event IN ('rating', 'requested-chat-forward', 'message-read') THEN 1 ELSE 0 END = 0
    ORDER BY l.seq DESC LIMIT 1)
LEFT JOIN message r ON r.id = (SELECT l.id FROM message l
    WHERE l.chat_base_id = c.base_id
        AND CASE WHEN l.event IN ('rating', 'requested-chat-forward', 'message-read') THEN 1 ELSE 0 END = 1
    ORDER BY l.seq DESC LIMIT 1);
