-- The tokens that are good: one that is revoked or replaced leaves at once, one that expires soon
-- after; the event log says when each was issued and revoked. What is not here is not usable, so
-- there is no list of revoked ones any more.
CREATE TABLE token (
    token_id TEXT PRIMARY KEY,
    cookie TEXT NOT NULL,
    subject TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX token_expires_at ON token (expires_at);
DROP TABLE revocation;
