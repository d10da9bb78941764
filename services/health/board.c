#include "board.h"

#include <stdlib.h>
#include <string.h>

#include "own.h"

/* Every process beats once a second; one and a half leaves room for a late
 * one. */
enum { SETTLE_MS = 1500 };

struct instance {
    struct service_alive last; /* owned */
    int64_t beat_at;
};

struct board {
    struct instance *instances; /* in the order they came, so that the version shown is
                                   that of the oldest one, whoever comes or goes */
    size_t count;
    size_t limit;
    int64_t timeout_ms;
    int64_t made_at;
};

static const char *const components[] = {"TIM", "RUUTER", "DMAPPER", "RESQL"};
static const char *const services[] = {"rest-ingress", "chat-state", "waiting-time", "health",
                                       "sse-gateway"};

enum {
    COMPONENT_COUNT = sizeof(components) / sizeof(components[0]),
    SERVICE_COUNT = sizeof(services) / sizeof(services[0]),
};

static const struct message_type *const beat_type = &message_types[MESSAGE_service_alive];

struct board *board_new(size_t limit, int64_t timeout_ms, int64_t now)
{
    struct board *self = own_zero(sizeof(*self));

    self->instances = own_zero(limit * sizeof(*self->instances));
    self->limit = limit;
    self->timeout_ms = timeout_ms;
    self->made_at = now;
    return self;
}

void board_destroy(struct board **self)
{
    if (!*self)
        return;
    for (size_t i = 0; i < (*self)->count; i++)
        message_clear(beat_type, &(*self)->instances[i].last);
    free((*self)->instances);
    free(*self);
    *self = NULL;
}

static struct instance *find(struct board *self, const char *id)
{
    for (size_t i = 0; i < self->count; i++) {
        if (strcmp(self->instances[i].last.instance, id) == 0)
            return &self->instances[i];
    }
    return NULL;
}

static void drop(struct board *self, struct instance *instance)
{
    size_t after = (size_t)(self->instances + self->count - instance) - 1;

    message_clear(beat_type, &instance->last);
    memmove(instance, instance + 1, after * sizeof(*instance));
    self->count--;
}

int board_beat(struct board *self, const struct service_alive *beat, int64_t now)
{
    struct instance *instance = find(self, beat->instance);

    if (beat->stopping) {
        if (instance)
            drop(self, instance);
        return 0;
    }
    if (instance)
        message_clear(beat_type, &instance->last);
    else if (self->count < self->limit)
        instance = &self->instances[self->count++];
    else
        return -1;
    message_copy(beat_type, &instance->last, beat);
    instance->beat_at = now;
    return 0;
}

void board_expire(struct board *self, int64_t now,
                  void (*on_gone)(const struct service_alive *last))
{
    for (size_t i = self->count; i > 0; i--) {
        struct instance *instance = &self->instances[i - 1];
        if (now - instance->beat_at < self->timeout_ms)
            continue;
        if (on_gone)
            on_gone(&instance->last);
        drop(self, instance);
    }
}

static bool is(const char *text, const char *name)
{
    return text && strcmp(text, name) == 0;
}

/* Returns what one process says of a component that works, NULL for none. */
static const struct component *working_in(const struct service_alive *beat, const char *name)
{
    for (size_t i = 0; i < beat->components.count; i++) {
        const struct component *component = &beat->components.items[i];
        if (is(component->name, name) && component->version && *component->version)
            return component;
    }
    return NULL;
}

static const struct component *working(const struct board *self, const char *name)
{
    const struct component *found = NULL;

    for (size_t i = 0; i < self->count && !found; i++)
        found = working_in(&self->instances[i].last, name);
    return found;
}

static const char *service_version(const struct board *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++) {
        const struct service_alive *beat = &self->instances[i].last;
        if (beat->ready && is(beat->service, name))
            return beat->version;
    }
    return "";
}

size_t board_instances(const struct board *self)
{
    return self->count;
}

size_t board_components_up(const struct board *self)
{
    size_t up = 0;

    for (size_t i = 0; i < COMPONENT_COUNT; i++)
        up += working(self, components[i]) != NULL;
    return up;
}

static bool is_all_up(const struct board *self)
{
    for (size_t i = 0; i < SERVICE_COUNT; i++) {
        if (*service_version(self, services[i]) == '\0')
            return false;
    }
    return board_components_up(self) == COMPONENT_COUNT;
}

bool board_is_settled(const struct board *self, int64_t now)
{
    return now - self->made_at >= SETTLE_MS || is_all_up(self);
}

static void add(struct component_list *list, const struct component *component)
{
    const struct message_type *type = &message_types[MESSAGE_component];

    message_copy(type, list_append((struct list *)list, type), component);
}

void board_fill(const struct board *self, struct health *health)
{
    for (size_t i = 0; i < COMPONENT_COUNT; i++) {
        const struct component down = {.name = (char *)components[i], .version = (char *)""};
        const struct component *found = working(self, components[i]);
        add(&health->components, found ? found : &down);
    }
    for (size_t i = 0; i < SERVICE_COUNT; i++)
        add(&health->services,
            &(struct component){.name = (char *)services[i],
                                .version = (char *)service_version(self, services[i])});
}
