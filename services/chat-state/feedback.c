#include "feedback.h"

#include <string.h>

#include "change.h"
#include "own.h"

static const struct refusal feedback_missing = {422, "feedback_missing",
                                                "Feedback is a rating or a text."};
static const struct refusal unknown_rating = {422, "unknown_rating", "A rating is 0 to 10."};

static bool is_rating(const char *text)
{
    bool is_digit = *text >= '0' && *text <= '9' && text[1] == '\0';

    return is_digit || strcmp(text, "10") == 0;
}

static const struct refusal *why_not(const struct chat_feedback *command, const struct facts *facts)
{
    bool has_rating = !text_is_empty(command->rating);

    if (facts->token_is_revoked)
        return &token_is_revoked;
    if (!facts->chat)
        return &chat_not_found;
    if (!has_rating && text_is_blank(command->text))
        return &feedback_missing;
    return has_rating && !is_rating(command->rating) ? &unknown_rating : NULL;
}

static bool is_news(const char *field, const char *said)
{
    return !text_is_empty(said) && !text_is(field, said);
}

/* What was said already is said once more: yes, and nothing changes. */
const struct refusal *decide_feedback(const void *self, const struct facts *facts,
                                      struct decision *decision)
{
    const struct chat_feedback *command = self;
    const struct refusal *refusal = why_not(command, facts);

    if (refusal)
        return refusal;
    bool rates = is_news(facts->chat->feedback_rating, command->rating);
    bool writes = is_news(facts->chat->feedback_text, command->text);
    if (!rates && !writes) {
        change_nothing(decision, facts);
        return NULL;
    }
    struct chat *chat = change_chat(decision, facts, "chat.feedback");
    if (rates)
        own_replace(&chat->feedback_rating, command->rating);
    if (writes)
        own_replace(&chat->feedback_text, command->text);
    decision->writes_chat = true;
    return NULL;
}
