#include "chat.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "agent.h"
#include "bot.h"
#include "change.h"
#include "chat_mail.h"
#include "due.h"
#include "event_value.h"
#include "feedback.h"
#include "forward.h"
#include "greeting.h"
#include "history.h"
#include "identify.h"
#include "identity.h"
#include "leaving.h"
#include "notice.h"
#include "own.h"
#include "question.h"
#include "reason.h"
#include "release.h"
#include "revise.h"
#include "setting.h"
#include "silence.h"
#include "token_rules.h"
#include "utf8.h"

static const char *text(const char *field)
{
    return field ? field : "";
}

int64_t message_characters(const struct message *message)
{
    const char *const parts[] = {message->content,           message->event,
                                 message->author_id,         message->author_first_name,
                                 message->author_last_name,  message->author_role,
                                 message->forwarded_by_user, message->forwarded_from_csa,
                                 message->forwarded_to_csa,  message->rating};
    size_t count = 0;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        count += utf8_length(text(parts[i]));
    return (int64_t)count;
}

/* ---- the commands ---- */

static const struct refusal *may_open(const struct chat_open *command, const struct facts *facts)
{
    if (facts->token_is_revoked)
        return &token_is_revoked;
    if (facts->chat)
        return &chat_exists;
    if (text_is_blank(command->content))
        return &content_missing;
    if (facts->open_chats >= facts->limits->open_chats)
        return &too_many_chats;
    return *command->new_token_id ? needs_room_for_token(facts) : NULL;
}

static void begin_chat(const struct chat_open *command, const struct facts *facts,
                       struct decision *decision)
{
    struct chat *chat = change_open_chat(decision, facts, command->chat_id);

    chat->end_user_os = own_copy(command->end_user_os);
    chat->end_user_url = own_copy(command->end_user_url);
    bot_take(chat, facts);
    silence_begin(decision, facts, chat);
    if (*command->new_token_id)
        decision_issue(decision, &(struct issue){command->new_token_id, COOKIE_CHAT, chat->id,
                                                 command->expires_at});
}

static void say_first_words(const struct chat_open *command, const struct facts *facts,
                            struct decision *decision)
{
    struct chat *chat = decision->event.chat.items;
    struct message *message = change_add_message(decision, command->chat_id, command->message_id);

    change_set_author(message, MESSAGE_chat_open, command);
    own_replace(&message->author_role, "end-user");
    own_replace(&message->content, command->content);
    change_note_message(chat, message);
    if (chat->is_with_bot)
        bot_question(decision, facts, command->content);
    else if (text_is_empty(chat->customer_support_id))
        notice_begin(decision, facts, "");
}

/* With a greeting the chat begins with that, and the first words are a part of
 * their own. */
static const struct refusal *open_chat(const void *self, const struct facts *facts,
                                       struct decision *decision)
{
    const struct chat_open *command = self;
    const char *greeting = *command->greeting_id ? greeting_words(facts->configuration) : "";
    const struct refusal *refusal = facts->part ? NULL : may_open(command, facts);

    if (refusal)
        return refusal;
    if (facts->part)
        (void)change_chat(decision, facts, "message.posted");
    else
        begin_chat(command, facts, decision);
    decision->goes_on = !facts->part && *greeting;
    if (decision->goes_on)
        greeting_say(decision, command->greeting_id, greeting);
    else
        say_first_words(command, facts, decision);
    return NULL;
}

static const struct refusal *post_message(const void *self, const struct facts *facts,
                                          struct decision *decision)
{
    const struct message_post *command = self;
    const struct refusal *refusal = needs_open_chat(facts);

    if (!refusal && text_is_blank(command->content) && text_is_empty(command->event))
        refusal = &content_missing;
    if (!refusal && !event_may_be_written(command->event, EVENT_MESSAGE, command->author_role))
        refusal = &event_is_not_theirs;
    if (!refusal)
        refusal = needs_room(facts);
    if (refusal)
        return refusal;

    struct chat *chat = change_chat(decision, facts, "message.posted");
    struct message *message = change_add_message(decision, command->chat_id, command->message_id);
    change_set_author(message, MESSAGE_message_post, command);
    own_replace(&message->content, command->content);
    own_replace(&message->event, command->event);
    change_note_message(chat, message);
    question_asked(decision, facts, message);
    if (chat->is_with_bot && text_is(command->author_role, "end-user") &&
        text_is_empty(command->event))
        bot_question(decision, facts, command->content);
    return NULL;
}

static void give_chat(struct chat *chat, const char *id, const char *name, const char *title)
{
    own_replace(&chat->customer_support_id, id);
    own_replace(&chat->customer_support_display_name, name);
    own_replace(&chat->csa_title, title);
    change_blank_feedback(chat);
}

/* Claimed again by the agent who has it: yes, and nothing changes. */
static const struct refusal *claim_chat(const void *self, const struct facts *facts,
                                        struct decision *decision)
{
    const struct chat_claim *command = self;
    const struct refusal *refusal = needs_open_chat(facts);

    if (refusal)
        return refusal;
    if (text_is(facts->chat->customer_support_id, command->customer_support_id)) {
        change_nothing(decision, facts);
        return NULL;
    }
    if (!text_is_empty(facts->chat->customer_support_id))
        return &claimed_by_another_agent;

    give_chat(change_chat(decision, facts, "chat.claimed"), command->customer_support_id,
              command->customer_support_display_name, command->csa_title);
    decision->writes_chat = true;
    return NULL;
}

/* The new owner is customer_support_id; but seed.md's own sample has the old
 * owner there, and the new one in forwardedToCsa (contract X-12). */
static const char *redirect_target(const struct chat_redirect *command)
{
    if (text_is(command->customer_support_id, command->forwarded_from_csa) &&
        !text_is_empty(command->forwarded_to_csa))
        return command->forwarded_to_csa;
    return command->customer_support_id;
}

/* Puts at most 50 characters there, the most that a forwarded_* holds: the
 * owner of a chat may have a longer id than any account. */
static void set_forwarded(char **place, const char *given, const char *otherwise)
{
    enum { CHARACTERS_MAX = 50 };
    const char *from = text_is_empty(given) ? text(otherwise) : given;

    free(*place);
    *place = own_copy_of(from, utf8_prefix(from, CHARACTERS_MAX));
}

static void add_redirected(struct decision *decision, const struct chat_redirect *command,
                           const struct facts *facts)
{
    struct message *message = change_add_message(decision, command->chat_id, command->message_id);

    own_replace(&message->event, "redirected");
    own_replace(&message->author_role, "buerokratt");
    set_forwarded(&message->forwarded_by_user, command->forwarded_by_user, "");
    set_forwarded(&message->forwarded_from_csa, command->forwarded_from_csa,
                  facts->chat->customer_support_id);
    set_forwarded(&message->forwarded_to_csa, command->forwarded_to_csa, redirect_target(command));
    change_note_message(&decision->event.chat.items[0], message);
}

static const struct refusal *redirect_chat(const void *self, const struct facts *facts,
                                           struct decision *decision)
{
    const struct chat_redirect *command = self;
    const struct account *account = facts->account;
    const struct refusal *refusal = needs_open_chat(facts);

    if (!refusal)
        refusal = needs_agent_at_work(account);
    if (!refusal)
        refusal = needs_room(facts);
    if (refusal)
        return refusal;

    const char *name = command->customer_support_display_name;
    const char *title = command->csa_title;
    give_chat(change_chat(decision, facts, "chat.redirected"), redirect_target(command),
              text_is_empty(name) ? account->display_name : name,
              text_is_empty(title) ? account->csa_title : title);
    add_redirected(decision, command, facts);
    notice_begin(decision, facts, account->id_code);
    decision->writes_chat = true;
    return NULL;
}

/* That the chat has ended is said even to a token that ended with it: a
 * second end-chat is harmless (contract A-19). */
static const struct refusal *may_end(const struct chat_end *command, const struct facts *facts)
{
    if (facts->chat && chat_is_ended(facts->chat))
        return &chat_has_ended;
    const struct refusal *refusal = needs_open_chat(facts);
    if (!refusal && !reason_is_known(command->event))
        refusal = &unknown_event;
    if (!refusal && facts->message_is_known)
        refusal = &message_exists;
    return refusal;
}

const struct refusal *decide_end(const void *self, const struct facts *facts,
                                 struct decision *decision)
{
    const struct chat_end *command = self;
    const struct refusal *refusal = may_end(command, facts);
    bool revokes = *command->token_id && command->token_expires_at > facts->now;

    if (refusal)
        return refusal;

    struct chat *chat = change_chat(decision, facts, "chat.ended");
    own_replace(&chat->status, "ENDED");
    chat->ended = decision->event.at;
    if (!text_is(command->author_role, "end-user"))
        change_blank_feedback(chat);
    struct message *message = change_add_message(decision, command->chat_id, command->message_id);
    change_set_author(message, MESSAGE_chat_end, command);
    own_replace(&message->event, command->event);
    own_replace(&message->content, command->content);
    change_note_message(chat, message);
    if (revokes)
        decision_revoke(decision, command->token_id, command->token_expires_at);
    decision->writes_chat = true;
    return NULL;
}

/* ---- all of them ---- */

static const struct {
    enum message_id type;
    decide_rule *rule;
} rules[] = {
    {MESSAGE_chat_open, open_chat},
    {MESSAGE_message_post, post_message},
    {MESSAGE_chat_claim, claim_chat},
    {MESSAGE_chat_redirect, redirect_chat},
    {MESSAGE_chat_end, decide_end},
    {MESSAGE_presence_set, decide_presence},
    {MESSAGE_account_add, decide_account},
    {MESSAGE_account_delete, decide_deletion},
    {MESSAGE_profile_set, decide_profile},
    {MESSAGE_token_issue, decide_issue},
    {MESSAGE_token_extend, decide_extension},
    {MESSAGE_token_revoke, decide_revocation},
    {MESSAGE_setting_set, decide_setting},
    {MESSAGE_message_revise, decide_revision},
    {MESSAGE_chat_feedback, decide_feedback},
    {MESSAGE_chat_forward, decide_forward},
    {MESSAGE_chat_pass_on, decide_passing_on},
    {MESSAGE_chat_receive, decide_receipt},
    {MESSAGE_chats_release, decide_release},
    {MESSAGE_chat_identify, decide_identity},
    {MESSAGE_chat_label, decide_labels},
    {MESSAGE_chat_mail, decide_chat_mail},
    {MESSAGE_comment_set, decide_comment},
    {MESSAGE_termination_set, decide_termination},
    {MESSAGE_termination_clear, decide_termination_clear},
    {MESSAGE_logout_set, decide_logout},
    {MESSAGE_logout_clear, decide_logout_clear},
    {MESSAGE_bot_ask, decide_bot_ask},
    {MESSAGE_bot_answer, decide_bot_answer},
    {MESSAGE_chat_leave_bot, decide_leave_bot},
};

static decide_rule *rule_of(enum message_id type)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (rules[i].type == type)
            return rules[i].rule;
    return NULL;
}

void decide(enum message_id type, const void *command, const struct facts *facts,
            struct decision *decision)
{
    decide_rule *rule = rule_of(type);

    assert(rule);
    memset(decision, 0, sizeof(*decision));
    if (type != MESSAGE_token_revoke) /* anyone may give up a token */
        decision->refusal = facts->caller;
    if (!decision->refusal)
        decision->refusal = rule(command, facts, decision);
    if (decision->event.chat.count)
        bot_mark(decision->event.chat.items, facts->configuration);
}

const char *account_concerned(enum message_id type, const void *command, const struct chat *chat)
{
    if (type == MESSAGE_chat_redirect)
        return redirect_target(command);
    if (type == MESSAGE_chat_mail)
        return chat ? text(chat->customer_support_id) : "";
    return message_text(&message_types[type], command, "id_code");
}
