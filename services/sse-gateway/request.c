#include "request.h"

#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "query.h"
#include "uuid.h"

/* Whom a request comes from, while it is read. */
struct asker {
    struct span cookie;
    struct span rest; /* of the path: which chat it is about */
    struct sessions *sessions;
    int64_t now;
    struct refusal *refusal;
};

static bool refuse_with(const struct asker *asker, int status, const char *code,
                        const char *sentence)
{
    *asker->refusal = (struct refusal){status, code, sentence};
    return false;
}

/* On /sse/ nothing is refused: its clients do not come back (clients.md §2),
 * so they get the empty form. */
static bool refuse_or_empty(struct request *self, const struct asker *asker, struct refusal reason)
{
    self->is_empty = true;
    *asker->refusal = reason;
    return self->door == DOOR_SSE;
}

static struct session *find_session(const struct asker *asker, enum identity_kind kind)
{
    struct span token =
        cookie_find(asker->cookie, kind == IDENTITY_AGENT ? COOKIE_AGENT : COOKIE_CHAT);

    return sessions_find(asker->sessions, kind, token, asker->now);
}

/* The chat that the path names: its own end user may, and any agent. */
static bool read_chat(struct wish *wish, const struct asker *asker)
{
    struct session *user = find_session(asker, IDENTITY_END_USER);
    struct session *agent = find_session(asker, IDENTITY_AGENT);

    if (!user && !agent)
        return refuse_with(asker, 401, "not_authenticated",
                           "There is no valid " COOKIE_CHAT " cookie.");
    if (asker->rest.size >= UUID_SIZE)
        return refuse_with(asker, 400, "invalid_chat_id", "The path names no UUID.");
    memcpy(wish->chat_id, asker->rest.text, asker->rest.size);
    if (!uuid_is_valid(wish->chat_id))
        return refuse_with(asker, 400, "invalid_chat_id", "The path names no UUID.");
    if (user && strcmp(user->chat_id, wish->chat_id) == 0)
        wish->session = user;
    else if (agent && session_roles(agent) & ROLES_ANSWERING)
        wish->session = agent;
    if (wish->session)
        return true;
    return user ? refuse_with(asker, 403, "not_your_chat", "The path names another chat.")
                : refuse_with(asker, 403, "role_not_allowed", "None of your roles may do this.");
}

static bool read_identity(struct request *self, struct wish *wish, const struct asker *asker)
{
    bool is_agent = wish->stream->who == WHO_AGENT;

    if (wish->stream->who == WHO_ANYONE)
        return true;
    if (wish->stream->who == WHO_OF_CHAT)
        return read_chat(wish, asker);
    struct session *session = find_session(asker, is_agent ? IDENTITY_AGENT : IDENTITY_END_USER);
    if (!session)
        return refuse_or_empty(self, asker,
                               (struct refusal){401, "not_authenticated",
                                                is_agent
                                                    ? "There is no valid " COOKIE_AGENT " cookie."
                                                    : "There is no valid " COOKIE_CHAT " cookie."});
    if (!session->is_confirmed) {
        self->awaited = session;
        return false;
    }
    if (is_agent && !(session_roles(session) & ROLES_ANSWERING))
        return refuse_or_empty(
            self, asker,
            (struct refusal){403, "role_not_allowed", "None of your roles may do this."});
    wish->session = session;
    return true;
}

/* An end user's chat is that of the cookie, whatever the query says. The
 * waiting time of a chat that is none is that of a newcomer (contract §9). */
static bool read_chat_id(struct request *self, struct wish *wish, struct span query,
                         const struct asker *asker)
{
    char chat_id[PARAMETER_SIZE];
    const struct view *view = wish->stream->views[self->door];
    enum kind kind = view->kind;

    if (self->is_empty || *wish->chat_id || view_is_list(view) || kind == KIND_HEALTH)
        return true;
    if (wish->session && wish->session->kind == IDENTITY_END_USER) {
        memcpy(wish->chat_id, wish->session->chat_id, UUID_SIZE);
        return true;
    }
    if (query_find(query, "chatId", chat_id) == FOUND && uuid_is_valid(chat_id)) {
        memcpy(wish->chat_id, chat_id, UUID_SIZE);
        return true;
    }
    if (kind == KIND_WAITING)
        return true;
    return refuse_or_empty(self, asker,
                           (struct refusal){400, "invalid_chat_id", "chatId is not a UUID."});
}

/* An empty bound is none: the support client begins so. */
static bool read_bound(const struct request *self, struct wish *wish, struct span query,
                       const struct asker *asker)
{
    char bound[PARAMETER_SIZE];

    if (!wish->stream->bound)
        return true;
    enum found found = query_find(query, wish->stream->bound, bound);
    if (found == FOUND_NOT || (found == FOUND && !*bound))
        return true;
    wish->has_bound = found == FOUND && iso_time_parse(bound, &wish->after);
    if (!wish->has_bound && self->door == DOOR_EVENTS)
        return refuse_with(asker, 400, "invalid_time", "The bound is not a time in ISO 8601.");
    return true;
}

/* query: its parameters. */
static bool read_wish(struct request *self, struct wish *wish, struct span query,
                      const struct asker *asker)
{
    return read_identity(self, wish, asker) && read_chat_id(self, wish, query, asker) &&
           read_bound(self, wish, query, asker);
}

/* ---- several topics ---- */

const char *request_name(char *text, size_t size, const char *topic, const char *sentence)
{
    if (!topic)
        return sentence;
    snprintf(text, size, "%s: %s", topic, sentence);
    return text;
}

static bool is_plain(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

static bool is_same(const struct request *self, const struct wish *a, const struct wish *b)
{
    return a->stream->views[self->door]->kind == b->stream->views[self->door]->kind &&
           strcmp(a->chat_id, b->chat_id) == 0;
}

/* Two of a kind about one chat would have the same ids. */
static bool is_new(const struct request *self, const struct wish *wish)
{
    for (unsigned i = 0; i < self->count; i++)
        if (is_same(self, &self->wishes[i], wish))
            return false;
    return true;
}

/* A topic is written as the stream is: its name, and its query. */
static bool read_topic(struct request *self, struct wish *wish, const struct asker *asker)
{
    const char *mark = strchr(wish->name, '?');
    size_t size = mark ? (size_t)(mark - wish->name) : strlen(wish->name);
    const char *query = mark ? mark + 1 : "";

    if (!is_plain(wish->name))
        return refuse_with(asker, 400, "invalid_topic",
                           "A topic is a stream's name, and its query after a question mark.");
    wish->stream = stream_named((struct span){wish->name, size});
    if (!wish->stream)
        return refuse_with(asker, 404, "unknown_topic", "There is no such stream.");
    if (!read_wish(self, wish, (struct span){query, strlen(query)}, asker))
        return false;
    if (!is_new(self, wish))
        return refuse_with(asker, 400, "same_topic", "It tells the same as another one here.");
    return true;
}

static bool read_topics(struct request *self, struct span query, const struct asker *asker)
{
    char name[TOPIC_SIZE];
    enum found found;

    while ((found = query_next(&query, "subscribe", name, sizeof(name))) != FOUND_NOT) {
        struct wish *wish = &self->wishes[self->count];
        if (found == FOUND_BAD)
            return refuse_with(asker, 400, "invalid_topic", "A topic cannot be read.");
        if (self->count == SUBSCRIPTIONS_MAX)
            return refuse_with(asker, 400, "too_many_topics", "One stream has 32 topics at most.");
        *wish = (struct wish){0};
        memcpy(wish->name, name, sizeof(name));
        if (!read_topic(self, wish, asker)) {
            if (self->awaited)
                return false;
            asker->refusal->sentence = request_name(self->sentence, sizeof(self->sentence),
                                                    wish->name, asker->refusal->sentence);
            return false;
        }
        self->count++;
    }
    return self->count > 0 ||
           refuse_with(asker, 400, "no_topic", "Nothing is asked for: /events?subscribe=<topic>.");
}

/* ---- the cursor ---- */

/* Returns the number in so many digits at text, -1 when they are none. */
static int64_t read_number(const char *text, size_t length)
{
    if (length == 0 || length > 18 || strspn(text, "0123456789") < length)
        return -1;
    return strtoll(text, NULL, 10);
}

int64_t cursor_parse(const char *text, int *part)
{
    size_t length = strcspn(text, ".");
    int64_t number = PART_LAST;

    if (text[length])
        number = read_number(text + length + 1, strlen(text + length + 1));
    *part = (int)number;
    return number < 1 || number > PART_LAST ? -1 : read_number(text, length);
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
    self->cursor = found == FOUND ? cursor_parse(text, &self->cursor_part) : -1;
}

bool request_read(struct request *self, const struct head *head, struct sessions *sessions,
                  int64_t now, struct refusal *refusal)
{
    struct asker asker = {head->cookie, {NULL, 0}, sessions, now, refusal};

    *self = (struct request){.cursor_part = PART_LAST};
    self->stream = stream_at(head->path, &self->door);
    if (self->stream)
        asker.rest = stream_rest(self->stream, head->path);
    if (head->method == METHOD_OPTIONS)
        return true;
    if (!self->stream)
        return refuse_with(&asker, 404, "unknown_route", "There is no such stream.");
    if (self->stream->views[self->door]->kind == KIND_SEVERAL) {
        if (!read_topics(self, head->query, &asker))
            return false;
    } else {
        self->wishes[0].stream = self->stream;
        self->count = 1;
        if (!read_wish(self, self->wishes, head->query, &asker))
            return false;
    }
    read_cursor(self, head);
    return true;
}
