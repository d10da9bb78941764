/* messages.c - what messages there are beside plain text: answers to a
 * question, ratings, events, greetings, previews. */
#include <string.h>

#include "handlers.h"
#include "view.h"

/* ---- fill ---- */

int fill_answer(struct exchange *self, void *message)
{
    struct message_revise *revise = message;

    (void)self;
    revise->brief = true;
    return 0;
}

/* The author stays who it was (contract C-14). */
int fill_new_event(struct exchange *self, void *message)
{
    struct message_revise *revise = message;

    revise->keeps = true;
    return fill_answer(self, message);
}

/* A rating says nothing of when the message was written. */
int fill_rating(struct exchange *self, void *message)
{
    struct message_revise *revise = message;
    const char *rating = message_text(&message_types[MESSAGE_message_revise], message, "rating");

    if (*rating && strcmp(rating, "liked") != 0 && strcmp(rating, "disliked") != 0)
        return refuse_with(&self->refusal, 422, "value_out_of_limits",
                           "rating must be liked, disliked or empty.");
    message_set_text(&message_types[MESSAGE_message_revise], message, "event", "rating");
    revise->author_timestamp = 0;
    return fill_new_event(self, message);
}

/* Kratt's own words, in the chat of who asks. */
int fill_greeting(struct exchange *self, void *message)
{
    const struct message_type *type = &message_types[MESSAGE_message_post];
    const struct configuration *configuration = &self->ingress->configuration;
    const char *greeting = configuration_text(configuration, CONFIGURATION_greeting_message_est);

    if (!configuration_flag(configuration, CONFIGURATION_is_greeting_message_active) || !*greeting)
        return refuse_with(&self->refusal, 409, "greeting_is_inactive",
                           "There is no greeting at the moment.");
    message_set_text(type, message, "content", greeting);
    message_set_text(type, message, "event", "greeting");
    message_set_text(type, message, "author_role", "buerokratt");
    return fill_post(self, message);
}

/* ---- shape ---- */

int shape_null(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    (void)self;
    (void)answer;
    view_text(out, "null");
    return 0;
}

int shape_sent(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    (void)self;
    (void)answer;
    view_text(out, "\"Message Sent Successfully\"");
    return 0;
}
