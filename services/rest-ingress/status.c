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

/* ---- what needs nobody else ---- */

const char value_heartbeat[] = "application/json: {\"appName\":\"string\",\"version\":\"string\","
                               "\"packagingTime\":\"integer\",\"appStartTime\":\"integer\","
                               "\"serverTime\":\"integer\"}";

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
