#include "cast.h"

#include <string.h>

#include "own.h"
#include "password.h"
#include "stage.h"
#include "test.h"

static void say(zsock_t *self, const zframe_t *peer, enum message_id type, void *answer)
{
    assert_int_equal(bus_send(self, peer, type, answer), 0);
    message_clear(&message_types[type], answer);
}

/* ---- the configuration ---- */

static struct settings_found configured;

int64_t cast_settings_seq(void)
{
    return (int64_t)configured.settings.count;
}

static struct setting_version *add_version(const char *key, const char *value, bool deleted)
{
    struct setting_version *version =
        list_append((struct list *)&configured.settings, &message_types[MESSAGE_setting_version]);

    version->id = cast_settings_seq();
    version->key = own_copy(key);
    version->value = own_copy(value ? value : "");
    version->deleted = deleted;
    version->created = 1674046612895;
    return version;
}

void cast_configure(const char *key, const char *value)
{
    (void)add_version(key, value, !value);
}

static void say_settings(zsock_t *self, const zframe_t *peer, const char *request_id)
{
    struct settings_found found;

    message_copy(&message_types[MESSAGE_settings_found], &found, &configured);
    memcpy(found.request_id, request_id, UUID_SIZE);
    memcpy(found.log_id, STAGE_MESSAGE, UUID_SIZE);
    found.settings_seq = cast_settings_seq();
    say(self, peer, MESSAGE_settings_found, &found);
}

static void set_settings(zsock_t *self, const zframe_t *peer, const struct setting_set *set)
{
    const struct message_type *type = &message_types[MESSAGE_setting_version];
    struct settings_found found = {0};

    memcpy(found.request_id, set->request_id, UUID_SIZE);
    for (size_t i = 0; i < set->settings.count; i++) {
        const struct setting_version *asked = &set->settings.items[i];
        message_copy(type, list_append((struct list *)&found.settings, type),
                     add_version(asked->key, asked->value, asked->deleted));
    }
    say(self, peer, MESSAGE_settings_found, &found);
}

/* ---- the rest ---- */

static void add_chat(struct chat_list *chats, const char *id, int64_t created)
{
    struct chat *chat = list_append((struct list *)chats, &message_types[MESSAGE_chat]);

    memcpy(chat->id, id, UUID_SIZE);
    chat->status = own_copy("OPEN");
    chat->created = chat->updated = created;
    chat->last_message = own_copy("Tere õhtust");
    chat->csa_title = own_copy("Nõustaja");
}

static void say_chat(zsock_t *self, const zframe_t *peer, const char *request_id,
                     const char *chat_id)
{
    struct chat_found found = {0};

    memcpy(found.request_id, request_id, UUID_SIZE);
    add_chat(&found.chat, chat_id, 1674046612895);
    say(self, peer, MESSAGE_chat_found, &found);
}

/* Of message.post or message.revise; the latter need not name the chat. */
static void say_posted(zsock_t *self, const zframe_t *peer, enum message_id type,
                       const void *message)
{
    const char *request_id = message_text(&message_types[type], message, "request_id");
    const char *chat_id = message_text(&message_types[type], message, "chat_id");
    struct message_posted posted = {0};

    if (!message_number(&message_types[type], message, "brief")) {
        say_chat(self, peer, request_id, chat_id);
        return;
    }
    memcpy(posted.request_id, request_id, UUID_SIZE);
    memcpy(posted.chat_id, *chat_id ? chat_id : STAGE_CHAT, UUID_SIZE);
    say(self, peer, MESSAGE_message_posted, &posted);
}

/* Two pages; the chat of the second one is the older. */
static void say_chats(zsock_t *self, const zframe_t *peer, const struct chats_get *get)
{
    struct chats_found found = {.more = *get->after == '\0'};

    memcpy(found.request_id, get->request_id, UUID_SIZE);
    memcpy(found.log_id, STAGE_MESSAGE, UUID_SIZE);
    if (found.more)
        add_chat(&found.chats, STAGE_CHAT, 2000);
    else
        add_chat(&found.chats, STAGE_MESSAGE, 1000);
    say(self, peer, MESSAGE_chats_found, &found);
}

static void say_messages(zsock_t *self, const zframe_t *peer, const struct messages_get *get)
{
    struct messages_found found = {0};
    struct message *message =
        list_append((struct list *)&found.messages, &message_types[MESSAGE_message]);

    memcpy(found.request_id, get->request_id, UUID_SIZE);
    memcpy(message->id, STAGE_MESSAGE, UUID_SIZE);
    memcpy(message->chat_id, get->chat_id, UUID_SIZE);
    message->content = own_copy("hello");
    message->author_role = own_copy("end-user");
    message->author_timestamp = 1674046612159;
    message->created = 1674046612895;
    message->updated = 1674046612909;
    say(self, peer, MESSAGE_messages_found, &found);
}

void cast_refuse(zsock_t *self, const zframe_t *peer, const char *request_id, int status,
                 const char *code)
{
    struct request_refused refused = {
        .status = status, .code = own_copy(code), .sentence = own_copy("Refused on stage.")};

    memcpy(refused.request_id, request_id, UUID_SIZE);
    say(self, peer, MESSAGE_request_refused, &refused);
}

static void say_account(zsock_t *self, const zframe_t *peer, const struct account_get *get)
{
    struct account_found found = {0};

    if (strcmp(get->login, STAGE_LOGIN) != 0) {
        cast_refuse(self, peer, get->request_id, 404, "unknown_account");
        return;
    }
    struct account *account =
        list_append((struct list *)&found.account, &message_types[MESSAGE_account]);
    memcpy(found.request_id, get->request_id, UUID_SIZE);
    account->id_code = own_copy(STAGE_ID_CODE);
    account->login = own_copy(STAGE_LOGIN);
    account->display_name = own_copy("Ann");
    account->password_hash = password_hash(STAGE_PASSWORD);
    struct role *role = list_append((struct list *)&account->roles, &message_types[MESSAGE_role]);
    role->name = own_copy("ROLE_CUSTOMER_SUPPORT_AGENT");
    say(self, peer, MESSAGE_account_found, &found);
}

static void add_agent(struct agents_found *found, const char *id_code, const char *presence)
{
    struct account *agent =
        list_append((struct list *)&found->agents, &message_types[MESSAGE_account]);

    agent->id_code = own_copy(id_code);
    agent->login = own_copy(STAGE_LOGIN);
    agent->presence_status = own_copy(presence);
    agent->presence_active = *presence != '\0';
}

/* Ann; and on a second page one who never said whether she is there. */
static void say_agents(zsock_t *self, const zframe_t *peer, const struct agents_get *get)
{
    const char *id_code = get->id_code ? get->id_code : "";
    struct agents_found found = {0};

    memcpy(found.request_id, get->request_id, UUID_SIZE);
    found.more = !*id_code && !(get->after && *get->after);
    if (found.more || strcmp(id_code, STAGE_ID_CODE) == 0)
        add_agent(&found, STAGE_ID_CODE, "online");
    else if (!*id_code)
        add_agent(&found, "EE5", "");
    say(self, peer, MESSAGE_agents_found, &found);
}

/* Nobody has the id 1. */
static void say_profile(zsock_t *self, const zframe_t *peer, const struct profile_get *get)
{
    struct profile_found found = {.is_known = strcmp(get->id_code, "1") != 0};
    struct profile *profile =
        list_append((struct list *)&found.profile, &message_types[MESSAGE_profile]);

    memcpy(found.request_id, get->request_id, UUID_SIZE);
    *profile = (struct profile){.id_code = own_copy(get->id_code),
                                .forwarded_chat_sound_notifications = true,
                                .new_chat_sound_notifications = true,
                                .use_autocorrect = true};
    say(self, peer, MESSAGE_profile_found, &found);
}

static void say_waiting(zsock_t *self, const zframe_t *peer, const struct waiting_get *get)
{
    struct waiting waiting = {.seconds = 100};

    memcpy(waiting.request_id, get->request_id, UUID_SIZE);
    if (strcmp(get->chat_id, STAGE_CHAT) == 0) {
        struct place *place =
            list_append((struct list *)&waiting.places, &message_types[MESSAGE_place]);
        *place = (struct place){.position = 3, .seconds = 300};
        memcpy(place->chat_id, STAGE_CHAT, UUID_SIZE);
    }
    say(self, peer, MESSAGE_waiting, &waiting);
}

static void say_health(zsock_t *self, const zframe_t *peer, const char *request_id)
{
    static const char *const names[] = {"TIM", "RUUTER", "DMAPPER", "RESQL"};
    struct health health = {0};

    memcpy(health.request_id, request_id, UUID_SIZE);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct component *component =
            list_append((struct list *)&health.components, &message_types[MESSAGE_component]);
        component->name = own_copy(names[i]);
        component->version = own_copy("9.9");
    }
    say(self, peer, MESSAGE_health, &health);
}

/* Two parts: the first chat is in both, and so is told once. */
static void say_search(zsock_t *self, const zframe_t *peer, const struct search_get *get)
{
    const struct message_type *type = &message_types[MESSAGE_match];
    struct search_found found = {.next = get->before ? 0 : 500};

    memcpy(found.request_id, get->request_id, UUID_SIZE);
    message_set_text(type, list_append((struct list *)&found.matches, type), "chat_id", STAGE_CHAT);
    if (get->before)
        message_set_text(type, list_append((struct list *)&found.matches, type), "chat_id",
                         STAGE_MESSAGE);
    say(self, peer, MESSAGE_search_found, &found);
}

/* Two pages: the one that ended last was opened last. */
static void say_ended(zsock_t *self, const zframe_t *peer, const struct ended_get *get)
{
    bool is_first = *get->after == '\0';
    struct chats_found found = {.more = is_first};

    memcpy(found.request_id, get->request_id, UUID_SIZE);
    memcpy(found.log_id, STAGE_MESSAGE, UUID_SIZE);
    add_chat(&found.chats, is_first ? STAGE_CHAT : STAGE_MESSAGE, is_first ? 2000 : 1000);
    found.chats.items[0].ended = is_first ? 4000 : 3000;
    say(self, peer, MESSAGE_chats_found, &found);
}

static void say_comment(zsock_t *self, const zframe_t *peer, const char *request_id,
                        const char *chat_id)
{
    const struct message_type *type = &message_types[MESSAGE_comment];
    struct comment_found found = {.comment = {0}};
    struct comment *comment = list_append((struct list *)&found.comment, type);

    memcpy(found.request_id, request_id, UUID_SIZE);
    message_set_text(type, comment, "chat_id", chat_id);
    message_set_text(type, comment, "comment", "Helista tagasi");
    say(self, peer, MESSAGE_comment_found, &found);
}

static void say_done(zsock_t *self, const zframe_t *peer, const char *request_id)
{
    struct command_done done = {0};

    memcpy(done.request_id, request_id, UUID_SIZE);
    say(self, peer, MESSAGE_command_done, &done);
}

/* Returns whether it was one of these. */
static bool answer_history(zsock_t *self, const zframe_t *peer, enum message_id type,
                           const void *message)
{
    const struct message_type *of = &message_types[type];

    if (type == MESSAGE_search_get)
        say_search(self, peer, message);
    else if (type == MESSAGE_ended_get)
        say_ended(self, peer, message);
    else if (type == MESSAGE_comment_get || type == MESSAGE_comment_set)
        say_comment(self, peer, message_text(of, message, "request_id"),
                    message_text(of, message, "chat_id"));
    else
        return false;
    return true;
}

static bool answer_people(zsock_t *self, const zframe_t *peer, enum message_id type,
                          const void *message)
{
    if (type == MESSAGE_account_get)
        say_account(self, peer, message);
    else if (type == MESSAGE_agents_get)
        say_agents(self, peer, message);
    else if (type == MESSAGE_profile_get)
        say_profile(self, peer, message);
    else
        return false;
    return true;
}

void cast_answer(zsock_t *self, const zframe_t *peer, enum message_id type, const void *message)
{
    const char *request_id = message_text(&message_types[type], message, "request_id");

    if (answer_history(self, peer, type, message) || answer_people(self, peer, type, message))
        return;
    switch (type) {
    case MESSAGE_chats_get:
        say_chats(self, peer, message);
        break;
    case MESSAGE_messages_get:
        say_messages(self, peer, message);
        break;
    case MESSAGE_message_post:
    case MESSAGE_message_revise:
        say_posted(self, peer, type, message);
        break;
    case MESSAGE_preview_set:
        say_done(self, peer, request_id);
        break;
    case MESSAGE_settings_get:
        say_settings(self, peer, request_id);
        break;
    case MESSAGE_setting_set:
        set_settings(self, peer, message);
        break;
    case MESSAGE_waiting_get:
        say_waiting(self, peer, message);
        break;
    case MESSAGE_health_get:
        say_health(self, peer, request_id);
        break;
    default:
        if (message_field(&message_types[type], "chat_id"))
            say_chat(self, peer, request_id,
                     message_text(&message_types[type], message, "chat_id"));
        else
            say_done(self, peer, request_id);
    }
}
