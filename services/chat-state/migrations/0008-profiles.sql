-- What an agent wants to be told, and how (contract 6.1). History, as all the
-- rest: the row with the greatest id counts; without one the usual settings do.
-- user_id is an id code.
CREATE TABLE user_profile_settings (
    id BIGINT PRIMARY KEY,
    user_id TEXT NOT NULL,
    forwarded_chat_popup_notifications INTEGER NOT NULL,
    forwarded_chat_sound_notifications INTEGER NOT NULL,
    forwarded_chat_email_notifications INTEGER NOT NULL,
    new_chat_popup_notifications INTEGER NOT NULL,
    new_chat_sound_notifications INTEGER NOT NULL,
    new_chat_email_notifications INTEGER NOT NULL,
    use_autocorrect INTEGER NOT NULL,
    created BIGINT NOT NULL
);
CREATE INDEX user_profile_settings_versions ON user_profile_settings (user_id, id);
