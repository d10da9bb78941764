#include "peers.h"

#include <string.h>

#include "service.h"

const char *const peer_names[PEER_COUNT] = {"chat-state", "rest-ingress", "sse-gateway",
                                            "waiting-time", "health"};

enum {
    INGRESS = 1 << PEER_REST_INGRESS,
    GATEWAY = 1 << PEER_SSE_GATEWAY,
    WAITING = 1 << PEER_WAITING_TIME,
    EVERYONE = (1 << PEER_COUNT) - 1,
};

const struct meeting meetings[] = {
    {"commands", "KRATT_COMMANDS", offsetof(struct endpoints, commands), PEER_CHAT_STATE,
     INGRESS | GATEWAY | WAITING},
    {"events", "KRATT_EVENTS", offsetof(struct endpoints, events), PEER_CHAT_STATE,
     INGRESS | GATEWAY | WAITING},
    {"waiting", "KRATT_WAITING", offsetof(struct endpoints, waiting), PEER_WAITING_TIME,
     INGRESS | GATEWAY},
    {"waiting-events", "KRATT_WAITING_EVENTS", offsetof(struct endpoints, waiting_events),
     PEER_WAITING_TIME, GATEWAY},
    {"health", "KRATT_HEALTH", offsetof(struct endpoints, health), PEER_HEALTH, INGRESS | GATEWAY},
    {"health-events", "KRATT_HEALTH_EVENTS", offsetof(struct endpoints, health_events), PEER_HEALTH,
     GATEWAY},
    {"heartbeats", "KRATT_HEARTBEATS", offsetof(struct endpoints, heartbeats), PEER_HEALTH,
     EVERYONE},
    {NULL, NULL, 0, PEER_COUNT, 0},
};

enum peer peer_named(const char *name)
{
    int peer = 0;

    while (peer < PEER_COUNT && strcmp(peer_names[peer], name) != 0)
        peer++;
    return (enum peer)peer;
}

const char *meeting_endpoint(const struct meeting *meeting)
{
    return *(const char *const *)((const char *)&endpoints + meeting->endpoint);
}

const struct meeting *meeting_at(const char *endpoint)
{
    for (const struct meeting *meeting = meetings; meeting->name; meeting++)
        if (meeting_endpoint(meeting) && strcmp(meeting_endpoint(meeting), endpoint) == 0)
            return meeting;
    return NULL;
}

const struct meeting *meeting_named(const char *name)
{
    for (const struct meeting *meeting = meetings; meeting->name; meeting++)
        if (strcmp(meeting->name, name) == 0)
            return meeting;
    return NULL;
}

bool meeting_is_bound_by(const struct meeting *meeting, enum peer peer)
{
    return meeting->binder == peer;
}

bool meeting_is_called_by(const struct meeting *meeting, enum peer peer)
{
    return meeting->callers & (1U << peer);
}

bool peers_meet(enum peer one, enum peer other)
{
    for (const struct meeting *meeting = meetings; meeting->name; meeting++)
        if ((meeting_is_bound_by(meeting, one) && meeting_is_called_by(meeting, other)) ||
            (meeting_is_bound_by(meeting, other) && meeting_is_called_by(meeting, one)))
            return true;
    return false;
}
