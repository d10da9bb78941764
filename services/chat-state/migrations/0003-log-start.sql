-- The number before a log's first event. Logs from before this began at 1; a new one begins at the
-- clock of its making, in microseconds, so that the numbers of two logs never overlap.
ALTER TABLE log ADD COLUMN start BIGINT NOT NULL DEFAULT 0;
