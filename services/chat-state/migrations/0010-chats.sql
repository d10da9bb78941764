-- What is added to a chat after its end: labels, with a line end between them, which are of a version
-- as everything else is, and notes, of which the newest counts.
ALTER TABLE chat ADD COLUMN labels TEXT NOT NULL DEFAULT '';

CREATE TABLE chat_comment (
    id BIGINT PRIMARY KEY,
    chat_id TEXT NOT NULL,
    comment TEXT NOT NULL,
    author_id TEXT NOT NULL,
    created BIGINT NOT NULL
);
CREATE INDEX chat_comment_versions ON chat_comment (chat_id, id);

-- The ended chats by their end, whose time never changes. A chat has one entry or a few more: one for
-- each version since its end.
CREATE INDEX chat_ended ON chat (ended, base_id, id) WHERE ended > 0;

-- As before, with labels.
DROP VIEW chat_version;
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
        ORDER BY e.id DESC LIMIT 1), '') AS last_message_event,
    c.labels
FROM chat c
LEFT JOIN message m ON m.id = (SELECT l.id FROM message l
    WHERE l.chat_base_id = c.base_id
        AND CASE WHEN l.event IN ('rating', 'requested-chat-forward', 'message-read') THEN 1 ELSE 0 END = 0
    ORDER BY l.seq DESC LIMIT 1)
LEFT JOIN message r ON r.id = (SELECT l.id FROM message l
    WHERE l.chat_base_id = c.base_id
        AND CASE WHEN l.event IN ('rating', 'requested-chat-forward', 'message-read') THEN 1 ELSE 0 END = 1
    ORDER BY l.seq DESC LIMIT 1);
