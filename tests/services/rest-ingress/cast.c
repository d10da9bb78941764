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

static void add_chat(struct chat_list *chats, const char *id, int64_t created)
{
    struct chat *chat = list_append((struct list *)chats, &message_types[MESSAGE_chat]);

    memcpy(chat->id, id, UUID_SIZE);
    chat->status = own_copy("OPEN");
    chat->created = chat->updated = created;
    chat->last_message = own_copy("Tere õhtust");
}

static void say_chat(zsock_t *self, const zframe_t *peer, const char *request_id,
                     const char *chat_id)
{
    struct chat_found found = {0};

    memcpy(found.request_id, request_id, UUID_SIZE);
    add_chat(&found.chat, chat_id, 1674046612895);
    say(self, peer, MESSAGE_chat_found, &found);
}

static void say_posted(zsock_t *self, const zframe_t *peer, const struct message_post *post)
{
    struct message_posted posted = {0};

    if (!post->brief) {
        say_chat(self, peer, post->request_id, post->chat_id);
        return;
    }
    memcpy(posted.request_id, post->request_id, UUID_SIZE);
    memcpy(posted.chat_id, post->chat_id, UUID_SIZE);
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

static void say_done(zsock_t *self, const zframe_t *peer, const char *request_id)
{
    struct command_done done = {0};

    memcpy(done.request_id, request_id, UUID_SIZE);
    say(self, peer, MESSAGE_command_done, &done);
}

void cast_answer(zsock_t *self, const zframe_t *peer, enum message_id type, const void *message)
{
    const char *request_id = message_text(&message_types[type], message, "request_id");

    switch (type) {
    case MESSAGE_chats_get:
        say_chats(self, peer, message);
        break;
    case MESSAGE_messages_get:
        say_messages(self, peer, message);
        break;
    case MESSAGE_message_post:
        say_posted(self, peer, message);
        break;
    case MESSAGE_account_get:
        say_account(self, peer, message);
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
