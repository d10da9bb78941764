-- What a command asked for, as a digest: the same id for something else is refused. Empty: not known,
-- which is so of every command from before.
ALTER TABLE command ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';
