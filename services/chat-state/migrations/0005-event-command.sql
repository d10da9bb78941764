-- What a command was answered is made of its event, so it is remembered with the event: a row and an
-- index less for each command. The table command keeps what was answered before this, and what is
-- younger than a day when its event is trimmed from the log.
ALTER TABLE event ADD COLUMN command_id TEXT NOT NULL DEFAULT '';
ALTER TABLE event ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';
CREATE INDEX event_command ON event (command_id) WHERE command_id <> '';
