-- $1: the id code after which the page begins; $2: most rows.
SELECT p.user_id AS id_code, p.forwarded_chat_popup_notifications,
    p.forwarded_chat_sound_notifications, p.forwarded_chat_email_notifications,
    p.new_chat_popup_notifications, p.new_chat_sound_notifications,
    p.new_chat_email_notifications, p.use_autocorrect
FROM user_profile_settings p
WHERE p.user_id > $1
    AND p.id = (SELECT MAX(q.id) FROM user_profile_settings q WHERE q.user_id = p.user_id)
ORDER BY p.user_id LIMIT $2
