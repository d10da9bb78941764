#include "intake.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "address.h"
#include "clock.h"
#include "flow.h"
#include "gateway.h"
#include "pump.h"
#include "tally.h"
#include "view.h"

/* Says it, and waits for the client to close: closing first could take away
 * what it has not read yet. */
static void say_and_end(struct connection *self, const msgpack_sbuffer *answer)
{
    connection_say(self, answer->data, answer->size);
    self->is_ending = true;
    self->ending = CLOSED_REFUSED;
    pump_run(self);
}

void intake_refuse(struct connection *self, const struct refusal *refusal, const char *cors,
                   enum method method)
{
    msgpack_sbuffer answer;

    free(self->own);
    self->own = NULL;
    tally_refused(refusal->status);
    msgpack_sbuffer_init(&answer);
    answer_refusal(&answer, refusal, cors, method);
    say_and_end(self, &answer);
    msgpack_sbuffer_destroy(&answer);
}

/* HEAD and OPTIONS: an answer without a body. */
static void answer_head(struct connection *self, enum method method, const char *cors)
{
    msgpack_sbuffer answer;

    msgpack_sbuffer_init(&answer);
    if (method == METHOD_OPTIONS)
        answer_preflight(&answer, cors);
    else
        answer_stream(&answer, cors);
    say_and_end(self, &answer);
    self->ending = CLOSED_BY_CLIENT;
    msgpack_sbuffer_destroy(&answer);
}

/* Returns why there is no room for one more, TURNED_AWAY_COUNT when there is. */
static enum turned_away is_turned_away(const struct gateway *gateway)
{
    if (gateway->is_draining)
        return TURNED_AWAY_DRAINING;
    if (!sessions_has_key(gateway->sessions))
        return TURNED_AWAY_NO_KEY;
    return reactor_count(gateway->reactor) > gateway->connections ? TURNED_AWAY_CONNECTIONS
                                                                  : TURNED_AWAY_COUNT;
}

static bool can_serve(const struct gateway *gateway, struct refusal *refusal)
{
    enum turned_away why = is_turned_away(gateway);

    if (why == TURNED_AWAY_COUNT)
        return true;
    tally_turned_away(why);
    *refusal = (struct refusal){503, "unavailable", "This server takes no more streams now."};
    return false;
}

/* Returns whether its address may have one more stream, which is counted. */
static bool enter_source(struct connection *self, const struct head *head, struct refusal *refusal)
{
    struct sockaddr_storage peer = {0};
    socklen_t size = sizeof(peer);
    char address[ADDRESS_SIZE];

    (void)getpeername(self->fd, (struct sockaddr *)&peer, &size); /* else it is gone: "" */
    address_of_client(address, (struct sockaddr *)&peer, head->forwarded.text,
                      head->forwarded.size);
    if (sources_enter(self->gateway->sources, address, &self->source))
        return true;
    tally_turned_away(TURNED_AWAY_ADDRESS);
    *refusal = (struct refusal){503, "too_many_streams", "Your address has its most streams open."};
    return false;
}

/* bytes: the request, all of it. */
static void hold(struct connection *self, struct session *awaited, struct span bytes)
{
    self->has_head = false;
    self->is_held = true;
    connection_say(self, bytes.text, bytes.size);
    link_append(&awaited->waiting, &self->held);
}

/* Returns whether the request may have what it asks for; else it was refused,
 * or is held until that is known. */
static bool admit(struct connection *self, struct request *request, const struct head *head,
                  const char *cors, struct span bytes)
{
    struct gateway *gateway = self->gateway;
    struct refusal refusal;

    request->awaited = NULL;
    if ((head->method == METHOD_OPTIONS || can_serve(gateway, &refusal)) &&
        request_read(request, head, gateway->sessions, clock_wall_ms(), &refusal) &&
        (head->method != METHOD_GET || enter_source(self, head, &refusal)))
        return true;
    if (request->awaited)
        hold(self, request->awaited, bytes);
    else
        intake_refuse(self, &refusal, cors, head->method);
    return false;
}

static void open_stream(struct connection *self, struct request *request, const struct head *head,
                        const char *cors)
{
    const char *name = self->gateway->name;
    msgpack_sbuffer fields;

    msgpack_sbuffer_init(&fields);
    view_text(&fields, cors);
    whereabouts_write(&fields, head->cookie, request, name);
    msgpack_sbuffer_write(&fields, "", 1);
    request->has_moved = whereabouts_are_new(head->cookie, request, name);
    flow_open(self, request, fields.data);
    msgpack_sbuffer_destroy(&fields);
}

static void serve(struct connection *self, const struct head *head, const char *cors,
                  struct span bytes)
{
    struct request request;

    if (!admit(self, &request, head, cors, bytes))
        return;
    if (head->method == METHOD_GET)
        open_stream(self, &request, head, cors);
    else
        answer_head(self, head->method, cors);
}

static void take_head(struct connection *self, const struct head *head, int status,
                      struct span bytes)
{
    msgpack_sbuffer cors;

    self->has_head = true;
    free(self->own);
    self->own = NULL;
    msgpack_sbuffer_init(&cors);
    answer_cors(&cors, self->gateway->allowed_origins, head);
    msgpack_sbuffer_write(&cors, "", 1);
    if (status == HEAD_WHOLE) {
        serve(self, head, cors.data, bytes);
    } else {
        const struct refusal refusal = refusal_of_head(status);
        intake_refuse(self, &refusal, cors.data, head->method);
    }
    msgpack_sbuffer_destroy(&cors);
}

/* Returns whether something was received; closes what is over. */
static bool receive(struct connection *self, char *place, size_t room, size_t *size)
{
    ssize_t rc = recv(self->fd, place, room, MSG_DONTWAIT);

    if (rc > 0) {
        *size = (size_t)rc;
        return true;
    }
    if (rc == 0 || (errno != EAGAIN && errno != EINTR))
        reactor_close(self->gateway->reactor, self, CLOSED_BY_CLIENT);
    return false;
}

void intake_resume(struct connection *self)
{
    static char buffer[HEAD_MAX]; /* not that of intake_read, which may have led here */
    size_t size = self->own->size;
    struct head head;

    link_remove(&self->held);
    self->is_held = false;
    memcpy(buffer, self->own->bytes, size);
    take_head(self, &head, head_parse(&head, buffer, size), (struct span){buffer, size});
}

/* One buffer serves all: a head seldom comes in pieces. After it there is
 * nothing a stream's client could have to say. */
void intake_read(struct connection *self)
{
    static char buffer[HEAD_MAX];
    struct head head;
    size_t before = 0, size = 0;

    if (self->has_head || self->is_held) {
        (void)receive(self, buffer, sizeof(buffer), &size);
        return;
    }
    if (self->own) {
        before = self->own->size;
        memcpy(buffer, self->own->bytes, before);
    }
    if (!receive(self, buffer + before, sizeof(buffer) - before, &size))
        return;
    int status = head_parse(&head, buffer, before + size);
    if (status == HEAD_MORE)
        connection_say(self, buffer + before, size);
    else
        take_head(self, &head, status, (struct span){buffer, before + size});
}
