-- What is to happen at a time: so that a restart forgets none of it. No history but a list, whose
-- rows go when they are done. subject is the chat that a row goes with, else empty; body is what is
-- to happen, as its kind has it.
CREATE TABLE deadline (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    due BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    created BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX deadline_due ON deadline (due, id);
CREATE INDEX deadline_subject ON deadline (subject) WHERE subject <> '';
