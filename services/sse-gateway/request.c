#include "request.h"

#include <stdlib.h>

#include "clock.h"
#include "query.h"
#include "uuid.h"

static bool refuse_with(struct refusal *refusal, int status, const char *code, const char *sentence)
{
    *refusal = (struct refusal){status, code, sentence};
    return false;
}

/* On /sse/ nothing is refused: its clients do not come back (clients.md §2),
 * so they get the empty form. */
static bool refuse_or_empty(struct request *self, struct refusal *refusal, struct refusal reason)
{
    self->is_empty = true;
    *refusal = reason;
    return self->door == DOOR_SSE;
}

static bool read_identity(struct request *self, const struct head *head, struct sessions *sessions,
                          int64_t now, struct refusal *refusal)
{
    bool is_agent = self->stream->who == WHO_AGENT;

    if (self->stream->who == WHO_ANYONE)
        return true;
    struct span token = cookie_find(head->cookie, is_agent ? COOKIE_AGENT : COOKIE_CHAT);
    struct session *session =
        sessions_find(sessions, is_agent ? IDENTITY_AGENT : IDENTITY_END_USER, token, now);
    if (!session)
        return refuse_or_empty(self, refusal,
                               (struct refusal){401, "not_authenticated",
                                                is_agent
                                                    ? "There is no valid " COOKIE_AGENT " cookie."
                                                    : "There is no valid " COOKIE_CHAT " cookie."});
    if (is_agent && !(session->roles & ROLES_ANSWERING))
        return refuse_or_empty(
            self, refusal,
            (struct refusal){403, "role_not_allowed", "None of your roles may do this."});
    self->session = session;
    return true;
}

/* An end user's chat is that of the cookie, whatever the query says. The
 * waiting time of a chat that is none is that of a newcomer (contract §9). */
static bool read_chat_id(struct request *self, struct span query, struct refusal *refusal)
{
    char chat_id[PARAMETER_SIZE];
    enum kind kind = self->stream->views[self->door]->kind;

    if (self->is_empty || kind == KIND_CHATS || kind == KIND_HEALTH)
        return true;
    if (self->session && self->session->kind == IDENTITY_END_USER) {
        memcpy(self->chat_id, self->session->chat_id, UUID_SIZE);
        return true;
    }
    if (query_find(query, "chatId", chat_id) == FOUND && uuid_is_valid(chat_id)) {
        memcpy(self->chat_id, chat_id, UUID_SIZE);
        return true;
    }
    if (kind == KIND_WAITING)
        return true;
    return refuse_or_empty(self, refusal,
                           (struct refusal){400, "invalid_field", "chatId is not a UUID."});
}

/* An empty bound is none: the support client begins so. */
static bool read_bound(struct request *self, struct span query, struct refusal *refusal)
{
    char bound[PARAMETER_SIZE];

    if (!self->stream->bound)
        return true;
    enum found found = query_find(query, self->stream->bound, bound);
    if (found == FOUND_NOT || (found == FOUND && !*bound))
        return true;
    self->has_bound = found == FOUND && iso_time_parse(bound, &self->after);
    if (!self->has_bound && self->door == DOOR_EVENTS)
        return refuse_with(refusal, 400, "invalid_time", "The bound is not a time in ISO 8601.");
    return true;
}

static int64_t read_number(const char *text)
{
    size_t length = strlen(text);

    if (length == 0 || length > 18 || strspn(text, "0123456789") != length)
        return -1;
    return strtoll(text, NULL, 10);
}

static void read_cursor(struct request *self, const struct head *head)
{
    char text[PARAMETER_SIZE];
    enum found found = FOUND_NOT;

    if (self->door != DOOR_EVENTS)
        return;
    if (head->last_event_id.text && head->last_event_id.size < sizeof(text)) {
        memcpy(text, head->last_event_id.text, head->last_event_id.size);
        text[head->last_event_id.size] = '\0';
        found = FOUND;
    } else {
        found = query_find(head->query, "lastEventId", text);
    }
    self->has_cursor = head->last_event_id.text || found != FOUND_NOT;
    self->cursor = found == FOUND ? read_number(text) : -1;
}

bool request_read(struct request *self, const struct head *head, struct sessions *sessions,
                  int64_t now, struct refusal *refusal)
{
    *self = (struct request){0};
    self->stream = stream_at(head->path, &self->door);
    if (head->method == METHOD_OPTIONS)
        return true;
    if (!self->stream)
        return refuse_with(refusal, 404, "unknown_route", "There is no such stream.");
    if (!read_identity(self, head, sessions, now, refusal) ||
        !read_chat_id(self, head->query, refusal) || !read_bound(self, head->query, refusal))
        return false;
    read_cursor(self, head);
    return true;
}
