INSERT INTO user_profile_settings (id, user_id, forwarded_chat_popup_notifications,
    forwarded_chat_sound_notifications, forwarded_chat_email_notifications,
    new_chat_popup_notifications, new_chat_sound_notifications, new_chat_email_notifications,
    use_autocorrect, created)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
