-- Chats, messages, accounts and the event log, in the subset of SQL that
-- SQLite and PostgreSQL share: BIGINT, INTEGER and TEXT only. Times are
-- milliseconds since 1970 in UTC, 0 for none; truth is 1 or 0; absent text is
-- empty. Row ids are given by the single writer and rise over all tables.
--
-- chat, message, configuration, "user", user_authority and
-- customer_support_agent_activity are history: a change is a new row, and
-- the one with the greatest id counts.

CREATE TABLE chat (
    id BIGINT PRIMARY KEY,
    base_id TEXT NOT NULL,
    seq BIGINT NOT NULL, -- the event that wrote this version
    customer_support_id TEXT NOT NULL,
    customer_support_display_name TEXT NOT NULL,
    csa_title TEXT NOT NULL,
    end_user_id TEXT NOT NULL,
    end_user_first_name TEXT NOT NULL,
    end_user_last_name TEXT NOT NULL,
    status TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    ended BIGINT NOT NULL,
    end_user_email TEXT NOT NULL,
    end_user_phone TEXT NOT NULL,
    end_user_os TEXT NOT NULL,
    end_user_url TEXT NOT NULL,
    external_id TEXT NOT NULL,
    forwarded_to TEXT NOT NULL,
    forwarded_to_name TEXT NOT NULL,
    received_from TEXT NOT NULL,
    received_from_name TEXT NOT NULL,
    feedback_rating TEXT NOT NULL,
    feedback_text TEXT NOT NULL
);
CREATE INDEX chat_versions ON chat (base_id, id);

-- Which chats are open. Not history but an index over it, so that a start
-- costs what is open and not what ever was.
CREATE TABLE open_chat (
    base_id TEXT PRIMARY KEY
);

-- How long a chat waited, for each version (its row id) in which somebody had
-- the chat and nobody had it before. Not history either: it can be made anew
-- from chat, but not at a cost that does not grow.
CREATE TABLE wait (
    id BIGINT PRIMARY KEY,
    milliseconds BIGINT NOT NULL
);

CREATE TABLE message (
    id BIGINT PRIMARY KEY,
    base_id TEXT NOT NULL,
    chat_base_id TEXT NOT NULL,
    seq BIGINT NOT NULL, -- the event that wrote this version
    content TEXT NOT NULL,
    event TEXT NOT NULL,
    author_id TEXT NOT NULL,
    author_timestamp BIGINT NOT NULL,
    author_first_name TEXT NOT NULL,
    author_last_name TEXT NOT NULL,
    author_role TEXT NOT NULL,
    forwarded_by_user TEXT NOT NULL,
    forwarded_from_csa TEXT NOT NULL,
    forwarded_to_csa TEXT NOT NULL,
    rating TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);
CREATE INDEX message_versions ON message (base_id, id);
CREATE INDEX message_updated ON message (chat_base_id, updated);
CREATE INDEX message_seq ON message (chat_base_id, seq);
-- One for each question that chat_version asks, so that receipts, of which a
-- chat may have thousands, cost nothing.
CREATE INDEX message_last ON message (chat_base_id, id)
    WHERE event NOT IN ('rating', 'requested-chat-forward', 'message-read');
CREATE INDEX message_contacts ON message (chat_base_id, id)
    WHERE event = 'contact-information-fulfilled';
CREATE INDEX message_events ON message (chat_base_id, id) WHERE event <> '';

-- Every version of every chat as the message chat has it. A message makes no
-- version of its chat, but changes it. The last message is the newest row that
-- counts as one (contract 6.4, and 2.3 for message-read).
CREATE VIEW chat_version AS
SELECT c.id AS row_id, c.base_id AS id,
    CASE WHEN n.seq > c.seq THEN n.seq ELSE c.seq END AS seq, c.customer_support_id,
    c.customer_support_display_name, c.csa_title, c.end_user_id, c.end_user_first_name,
    c.end_user_last_name, c.status, c.created,
    CASE WHEN n.updated > c.updated THEN n.updated ELSE c.updated END AS updated,
    c.ended, c.end_user_email, c.end_user_phone, c.end_user_os, c.end_user_url,
    c.external_id, c.forwarded_to, c.forwarded_to_name, c.received_from, c.received_from_name, c.feedback_rating,
    c.feedback_text,
    COALESCE(m.content, '') AS last_message,
    COALESCE(m.author_timestamp, 0) AS last_message_timestamp,
    COALESCE((SELECT k.content FROM message k
        WHERE k.chat_base_id = c.base_id AND k.event = 'contact-information-fulfilled'
        ORDER BY k.id DESC LIMIT 1), '') AS contacts_message,
    COALESCE((SELECT e.event FROM message e
        WHERE e.chat_base_id = c.base_id AND e.event <> ''
        ORDER BY e.id DESC LIMIT 1), '') AS last_message_event
FROM chat c
LEFT JOIN message n ON n.id = (SELECT w.id FROM message w
    WHERE w.chat_base_id = c.base_id
    ORDER BY w.seq DESC LIMIT 1)
LEFT JOIN message m ON m.id = (SELECT l.id FROM message l
    WHERE l.chat_base_id = c.base_id
        AND l.event NOT IN ('rating', 'requested-chat-forward', 'message-read')
    ORDER BY l.id DESC LIMIT 1);

CREATE TABLE configuration (
    id BIGINT PRIMARY KEY,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    deleted INTEGER NOT NULL,
    created BIGINT NOT NULL
);
CREATE INDEX configuration_versions ON configuration (key, id);
INSERT INTO configuration (id, key, value, deleted, created) VALUES
    (1, 'session_length', '120', 0, 0),
    (2, 'is_csa_name_visible', 'true', 0, 0),
    (3, 'is_csa_title_visible', 'true', 0, 0),
    (4, 'widgetProactiveSeconds', '3', 0, 0),
    (5, 'widgetDisplayBubbleMessageSeconds', '5', 0, 0),
    (6, 'widgetBubbleMessageText', 'Küsi minult!', 0, 0),
    (7, 'widgetColor', '#003cff', 0, 0),
    (8, 'isWidgetActive', 'true', 0, 0),
    (9, 'end_user_session_length', '120', 0, 0);

-- status is '' or 'deleted'.
CREATE TABLE "user" (
    id BIGINT PRIMARY KEY,
    id_code TEXT NOT NULL,
    login TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    display_name TEXT NOT NULL,
    csa_title TEXT NOT NULL,
    csa_email TEXT NOT NULL,
    status TEXT NOT NULL,
    created BIGINT NOT NULL
);
CREATE INDEX user_versions ON "user" (id_code, id);
CREATE INDEX user_login ON "user" (login, id);

-- authority_name is the names of all roles, with commas between them;
-- user_id is an id code (contract 6.1).
CREATE TABLE user_authority (
    id BIGINT PRIMARY KEY,
    user_id TEXT NOT NULL,
    authority_name TEXT NOT NULL,
    created BIGINT NOT NULL
);
CREATE INDEX user_authority_versions ON user_authority (user_id, id);

CREATE TABLE customer_support_agent_activity (
    id BIGINT PRIMARY KEY,
    id_code TEXT NOT NULL,
    active INTEGER NOT NULL,
    status TEXT NOT NULL,
    created BIGINT NOT NULL
);
CREATE INDEX activity_versions ON customer_support_agent_activity (id_code, id);

-- Every account that is not deleted, as the message account has it.
CREATE VIEW account AS
SELECT u.id AS row_id, u.id_code, u.login, u.password_hash, u.first_name, u.last_name,
    u.display_name, u.csa_title, u.csa_email,
    COALESCE(p.status, '') AS presence_status,
    COALESCE(p.active, 0) AS presence_active,
    COALESCE((SELECT a.authority_name FROM user_authority a
        WHERE a.user_id = u.id_code ORDER BY a.id DESC LIMIT 1), '') AS authority_name
FROM "user" u
LEFT JOIN customer_support_agent_activity p ON p.id = (
    SELECT q.id FROM customer_support_agent_activity q
    WHERE q.id_code = u.id_code ORDER BY q.id DESC LIMIT 1)
WHERE u.status <> 'deleted'
    AND u.id = (SELECT v.id FROM "user" v WHERE v.id_code = u.id_code ORDER BY v.id DESC LIMIT 1);

-- What happened, in order. body is the message event as JSON; chat_id is
-- empty when it concerns no chat.
CREATE TABLE event (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    chat_id TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX event_chat ON event (chat_id, seq);

-- One row: which event log this is.
CREATE TABLE log (
    id TEXT PRIMARY KEY
);

-- What each command was answered, until it is forgotten.
CREATE TABLE command (
    id TEXT PRIMARY KEY,
    wire TEXT NOT NULL,
    body TEXT NOT NULL,
    created BIGINT NOT NULL
);
CREATE INDEX command_created ON command (created);

-- Tokens that are no longer good, until they expire anyway.
CREATE TABLE revocation (
    token_id TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX revocation_expires_at ON revocation (expires_at);
