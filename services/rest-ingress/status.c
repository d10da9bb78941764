#include <stdlib.h>
#include <string.h>

#include "handlers.h"
#include "own.h"
#include "view.h"

/* Less than the 100 ms in which health has to be told (contract §10). */
enum { HEALTH_MS = 80 };

/* ---- estimated-waiting-time ---- */

/* A chat that is assigned, ended or unknown has no place: it gets what a
 * newcomer gets, with position 0 (contract §9). */
int shape_waiting(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    const struct waiting_get *get = self->message;
    const struct waiting *waiting = answer;

    for (size_t i = 0; *get->chat_id && i < waiting->places.count; i++) {
        const struct place *place = &waiting->places.items[i];
        if (strcmp(place->chat_id, get->chat_id) == 0) {
            view_waiting(out, place->seconds, place->position);
            return 0;
        }
    }
    view_waiting(out, waiting->seconds, 0);
    return 0;
}

/* ---- cs-get-components-healthz-status ---- */

static void answer_components(struct exchange *self, const struct component_list *components)
{
    msgpack_sbuffer value;

    msgpack_sbuffer_init(&value);
    view_health(&value, components);
    exchange_done(self, &value);
    msgpack_sbuffer_destroy(&value);
}

/* What can be said without health: that this service works. */
static void answer_own_components(struct exchange *self)
{
    static const char *const names[] = {"TIM", "RUUTER", "DMAPPER", "RESQL"};
    static const char *const versions[] = {KRATT_VERSION, KRATT_VERSION, KRATT_VERSION, ""};
    struct health health = {0};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct component *component =
            list_append((struct list *)&health.components, &message_types[MESSAGE_component]);
        component->name = own_copy(names[i]);
        component->version = own_copy(versions[i]);
    }
    answer_components(self, &health.components);
    message_clear(&message_types[MESSAGE_health], &health);
}

static void on_health(struct exchange *self, enum message_id type, const void *answer)
{
    const struct health *health = answer;

    if (type == MESSAGE_health)
        answer_components(self, &health->components);
    else
        answer_own_components(self);
}

void handle_components(struct exchange *self)
{
    exchange_ask(self, on_health, HEALTH_MS);
}

/* ---- the heartbeats of some of them ---- */

#define HEARTBEAT                                                                                  \
    "{\"appName\":\"string\",\"version\":\"string\",\"packagingTime\":\"integer\","                \
    "\"appStartTime\":\"integer\",\"serverTime\":\"integer\"}"

const char value_heartbeat[] = "application/json: " HEARTBEAT;
const char value_resql[] = HEARTBEAT;
const char value_heartbeats[] = "[" HEARTBEAT "]";

/* What health says of RESQL; when it does not work, or health is not there,
 * without a version. */
static struct component resql_of(enum message_id type, const void *answer)
{
    const struct health *health = answer;
    struct component resql = {.service = (char *)"chat-state"};

    for (size_t i = 0; type == MESSAGE_health && i < health->components.count; i++) {
        const struct component *component = &health->components.items[i];
        bool works = component->version && *component->version;
        if (works && strcmp(component->name, "RESQL") == 0)
            resql = *component;
    }
    return resql;
}

/* Appends a heartbeat and frees it. */
static void put_heartbeat(msgpack_sbuffer *out, char *heartbeat)
{
    view_text(out, heartbeat);
    free(heartbeat);
}

static void on_resql(struct exchange *self, enum message_id type, const void *answer)
{
    const struct component resql = resql_of(type, answer);
    msgpack_sbuffer value;

    if (!resql.version) {
        exchange_refuse(self, 503, "unavailable", "Chats cannot be read or written at the moment.");
        return;
    }
    msgpack_sbuffer_init(&value);
    put_heartbeat(&value, component_json(&resql));
    exchange_done(self, &value);
    msgpack_sbuffer_destroy(&value);
}

void handle_resql(struct exchange *self)
{
    exchange_ask(self, on_resql, HEALTH_MS);
}

/* TIM, which this service is, and RESQL (contract §4.1). */
static void on_heartbeats(struct exchange *self, enum message_id type, const void *answer)
{
    const struct component resql = resql_of(type, answer);
    msgpack_sbuffer value;

    msgpack_sbuffer_init(&value);
    view_text(&value, "[");
    put_heartbeat(&value, frame_heartbeat_json(self->ingress->frame));
    view_text(&value, ",");
    put_heartbeat(&value, component_json(&resql));
    view_text(&value, "]");
    exchange_done(self, &value);
    msgpack_sbuffer_destroy(&value);
}

void handle_heartbeats(struct exchange *self)
{
    exchange_ask(self, on_heartbeats, HEALTH_MS);
}

/* ---- what needs nobody else ---- */

void handle_heartbeat(struct exchange *self)
{
    char *json = frame_heartbeat_json(self->ingress->frame);

    exchange_send(self, "application/json;charset=UTF-8", json);
    free(json);
}

void handle_openapi(struct exchange *self)
{
    exchange_send(self, "application/json;charset=UTF-8", self->ingress->openapi);
}

void handle_verification_key(struct exchange *self)
{
    exchange_send(self, "text/plain;charset=UTF-8", token_key_public_pem(self->ingress->key));
}
