-- The messages that ask for an answer, by id: whoever answers may name nothing else. An ordinary
-- message has no entry here, so it costs nothing.
CREATE INDEX message_question ON message (base_id)
    WHERE event IN ('ask-permission', 'contact-information', 'requested-chat-forward');
