-- The history of a chat that is to be mailed is a row of deadline, too.
DROP INDEX deadline_mail;
CREATE INDEX deadline_mail ON deadline (id) WHERE kind IN ('notice', 'mail', 'history');
