#include "bot.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "change.h"
#include "chat.h"
#include "leaving.h"
#include "notice.h"
#include "own.h"
#include "silence.h"

enum { SILENT_MS = BOT_CHAT_HOURS * 60 * 60 * 1000 };

static const char bot_name[] = "Bürokratt";

const char bot_gives_up[] = "Suunan teid klienditeenindajale. Varuge natukene kannatust.";

const struct refusal no_bot_has_it = {409, "no_bot", "No bot has this chat."};

/* ---- who the bot is ---- */

const char *bot_id(const struct configuration *configuration)
{
    return configuration_text(configuration, CONFIGURATION_bot_institution_id);
}

static bool is_on(const struct facts *facts)
{
    return facts->limits->bot_ms && *bot_id(facts->configuration) &&
           configuration_flag(facts->configuration, CONFIGURATION_is_bot_active);
}

void bot_mark(struct chat *chat, const struct configuration *configuration)
{
    chat->is_with_bot = !chat_is_ended(chat) && !text_is_empty(chat->customer_support_id) &&
                        text_is(chat->customer_support_id, bot_id(configuration));
}

void bot_take(struct chat *chat, const struct facts *facts)
{
    if (!is_on(facts))
        return;
    own_replace(&chat->customer_support_id, bot_id(facts->configuration));
    own_replace(&chat->customer_support_display_name, bot_name);
    bot_mark(chat, facts->configuration);
}

bool bot_has_given_up(const char *text)
{
    const char *said = bot_gives_up;

    for (;;) {
        while (*text && (isspace((unsigned char)*text) || ispunct((unsigned char)*text)))
            text++;
        while (*said && (isspace((unsigned char)*said) || ispunct((unsigned char)*said)))
            said++;
        if (*text != *said)
            return false;
        if (!*text)
            return true;
        text++;
        said++;
    }
}

/* ---- questions ---- */

void bot_question(struct decision *decision, const struct facts *facts, const char *words)
{
    const struct chat *chat = decision->event.chat.items;
    char id[DEADLINE_ID_SIZE];
    const struct deadline about = {
        .id = id, .kind = (char *)KIND_BOT, .subject = (char *)chat->id, .body = (char *)words};

    snprintf(id, sizeof(id), "%s:%s:%" PRId64, KIND_BOT, chat->id, decision->event.seq);
    (void)decision_set_deadline(decision, facts, &about, is_on(facts) ? facts->limits->bot_ms : 0);
}

const struct refusal *decide_bot_ask(const void *self, const struct facts *facts,
                                     struct decision *decision)
{
    const struct bot_ask *command = self;
    const struct refusal *refusal = needs_open_chat(facts);

    if (!refusal && text_is_blank(command->content))
        refusal = &content_missing;
    if (!refusal && !(facts->chat->is_with_bot && is_on(facts)))
        refusal = &no_bot_has_it;
    if (refusal)
        return refusal;
    (void)change_chat(decision, facts, "bot.asked");
    decision->writes_chat = true;
    bot_question(decision, facts, command->content);
    return NULL;
}

/* ---- answers ---- */

static struct message *say(struct decision *decision, struct chat *chat, const char *message_id,
                           const char *words)
{
    struct message *message = change_add_message(decision, chat->id, message_id);

    own_replace(&message->author_role, "buerokratt");
    own_replace(&message->content, words);
    change_note_message(chat, message);
    return message;
}

/* Nobody has the chat from now on. A full one is handed over without a word. */
static void hand_over(struct decision *decision, const struct facts *facts, const char *message_id,
                      const char *words)
{
    struct chat *chat = change_chat(decision, facts, "chat.handed_over");

    own_replace(&chat->customer_support_id, "");
    own_replace(&chat->customer_support_display_name, "");
    own_replace(&chat->csa_title, "");
    chat->was_with_bot = true;
    if (!needs_room(facts))
        (void)say(decision, chat, message_id, words);
    notice_begin(decision, facts, "");
    decision->writes_chat = true;
}

/* Nobody waits for an answer to a question that is gone, or in a chat that is
 * somebody else's by now. */
const struct refusal *decide_bot_answer(const void *self, const struct facts *facts,
                                        struct decision *decision)
{
    const struct bot_answer *command = self;
    const struct bot_text *text = &command->texts.items[facts->part];
    bool is_wanted = facts->chat && facts->chat->is_with_bot;
    bool is_last =
        !is_wanted || needs_room(facts) || facts->part + 1 == (int64_t)command->texts.count;

    if (!facts->deadline)
        return NULL;
    if (is_last)
        decision_remove_deadline(decision, command->question);
    if (!is_wanted)
        return NULL;
    if (is_last && (bot_has_given_up(command->texts.items[0].content) || needs_room(facts)))
        hand_over(decision, facts, text->message_id, text->content);
    else
        (void)say(decision, change_chat(decision, facts, "message.posted"), text->message_id,
                  text->content);
    decision->goes_on = !is_last;
    return NULL;
}

/* ---- the bot leaves ---- */

bool bot_goes(const struct configuration *configuration,
              const struct setting_version_list *settings)
{
    bool is_active = configuration_flag(configuration, CONFIGURATION_is_bot_active);
    bool stays = is_active;

    for (size_t i = 0; i < settings->count; i++)
        if (configuration_named(settings->items[i].key) == CONFIGURATION_is_bot_active)
            stays = !settings->items[i].deleted && text_is(settings->items[i].value, "true");
    return is_active && !stays;
}

void bot_set_leave(struct decision *decision, const struct facts *facts)
{
    static const struct deadline about = {.id = (char *)KIND_BOT_LEAVE,
                                          .kind = (char *)KIND_BOT_LEAVE};

    (void)decision_set_deadline(decision, facts, &about, 0);
}

static const struct refusal *end_silent(const struct chat_leave_bot *command,
                                        const struct facts *facts, struct decision *decision)
{
    struct chat_end end = {.event = (char *)"inactive-chat-ended",
                           .content = (char *)silence_sentence,
                           .author_role = (char *)"buerokratt"};

    memcpy(end.chat_id, command->chat_id, UUID_SIZE);
    memcpy(end.message_id, command->message_id, UUID_SIZE);
    return decide_end(&end, facts, decision);
}

/* When its end user last wrote is not known, but when something happened in it
 * last: to that the bot adds a few seconds. */
const struct refusal *decide_leave_bot(const void *self, const struct facts *facts,
                                       struct decision *decision)
{
    const struct chat_leave_bot *command = self;
    const struct chat *chat = facts->chat;

    if (facts->token_is_revoked)
        return &token_is_revoked;
    if (!chat || !chat->is_with_bot)
        return NULL;
    if (facts->now - chat->updated >= SILENT_MS)
        return end_silent(command, facts, decision);
    hand_over(decision, facts, command->message_id, "Teie vestlus antakse üle nõustajale.");
    return NULL;
}
