#include "peer.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "program.h"
#include "uuid.h"

enum { RESEND_MS = 500 };

struct peer peer;

void peer_open(void)
{
    peer.beats = bus_open(ZMQ_PULL, BUS_BIND, endpoints.heartbeats);
    peer.dealer = bus_open(ZMQ_DEALER, BUS_CONNECT, endpoints.commands);
    peer.sub = bus_open(ZMQ_SUB, BUS_CONNECT, endpoints.events);
    bus_subscribe(peer.sub, MESSAGE_event);
    bus_subscribe(peer.sub, MESSAGE_log_head);
}

void peer_close(void)
{
    zsock_destroy(&peer.dealer);
    zsock_destroy(&peer.sub);
    zsock_destroy(&peer.beats);
}

bool receive(zsock_t *sock, struct reply *reply, int timeout_ms)
{
    zsock_t *const socks[] = {sock, NULL};
    char *wire = NULL;
    zframe_t *body = NULL;
    char why[WHY_MAX];

    program_poll(socks, timeout_ms);
    if (!(zsock_events(sock) & ZMQ_POLLIN))
        return false;
    assert_int_equal(zsock_recv(sock, "sf", &wire, &body), 0);
    const struct message_type *type = message_type_named(wire);
    assert_non_null(type);
    reply_become(reply, (enum message_id)(type - message_types));
    if (message_decode(type, reply->body, zframe_data(body), zframe_size(body), why) == -1)
        fail_msg("%s: %s", wire, why);
    zstr_free(&wire);
    zframe_destroy(&body);
    return true;
}

/* From the second time on a command says that it may be a repeat. */
static void send_again(enum message_id type, void *request, int *times)
{
    const struct field *may_repeat = message_field(&message_types[type], "may_repeat");

    if (bus_send(peer.dealer, NULL, type, request) == -1) {
        poll(NULL, 0, 20); /* it is not connected, and there is no event to await */
        return;
    }
    if (may_repeat)
        *((bool *)request + may_repeat->offset) = true;
    ++*times;
}

const struct reply *ask(enum message_id type, void *request)
{
    static struct reply reply;
    const char *request_id = message_text(&message_types[type], request, "request_id");
    int64_t end = clock_monotonic_ms() + PATIENCE_MS;
    int64_t resend = 0;
    bool has_answer = false;
    int times = 0;

    while (!has_answer && clock_monotonic_ms() < end) {
        int before = times;
        if (clock_monotonic_ms() >= resend)
            send_again(type, request, &times);
        if (times > before)
            resend = clock_monotonic_ms() + RESEND_MS;
        has_answer = receive(peer.dealer, &reply, times ? 20 : 0) &&
                     strcmp(reply_request(&reply), request_id) == 0;
    }
    if (!has_answer)
        fail_msg("%s: no answer", message_types[type].wire);
    message_clear(&message_types[type], request);
    return &reply;
}

const struct chat *ask_chat(enum message_id type, void *request)
{
    const struct reply *reply = ask(type, request);

    if (reply->type == MESSAGE_request_refused)
        fail_msg("refused: %s", ((const struct request_refused *)reply->body)->code);
    assert_int_equal(reply->type, MESSAGE_chat_found);
    return &((const struct chat_found *)reply->body)->chat.items[0];
}

void ask_done(enum message_id type, void *request)
{
    assert_int_equal(ask(type, request)->type, MESSAGE_command_done);
}

void ask_refused(enum message_id type, void *request, const char *code)
{
    const struct reply *reply = ask(type, request);

    assert_int_equal(reply->type, MESSAGE_request_refused);
    assert_string_equal(((const struct request_refused *)reply->body)->code, code);
}

const struct chat *ask_open(unsigned chat)
{
    struct chat_open command = make_open(chat, chat * 1000, "tere");

    return ask_chat(MESSAGE_chat_open, &command);
}

const struct chat *ask_post(unsigned chat, unsigned message)
{
    struct message_post command = make_post(chat, chat * 1000 + message, "jah", "");

    return ask_chat(MESSAGE_message_post, &command);
}

const struct event_list *ask_events(void)
{
    struct events_get query = {0};

    uuid_make(query.request_id);
    const struct reply *reply = ask(MESSAGE_events_get, &query);
    assert_int_equal(reply->type, MESSAGE_events_found);
    const struct events_found *found = reply->body;
    for (size_t i = 0; i < found->events.count; i++)
        assert_int_equal(found->events.items[i].seq, found->first_seq + (int64_t)i);
    assert_int_equal(found->seq, found->first_seq + (int64_t)found->events.count - 1);
    return &found->events;
}

void await_event(int64_t seq, const char *kind)
{
    struct reply heard = {0};
    int64_t end = clock_monotonic_ms() + PATIENCE_MS;
    bool is_there = false;

    while (!is_there && clock_monotonic_ms() < end) {
        if (!receive(peer.sub, &heard, 100) || heard.type != MESSAGE_event)
            continue;
        const struct event *event = heard.body;
        is_there = event->seq == seq && strcmp(event->kind, kind) == 0;
    }
    reply_clear(&heard);
    if (!is_there)
        fail_msg("%s was not published", kind);
}

int64_t await_head(void)
{
    struct reply heard = {0};
    int64_t end = clock_monotonic_ms() + PATIENCE_MS;
    int64_t seq = 0;

    while (!seq && clock_monotonic_ms() < end)
        if (receive(peer.sub, &heard, 100) && heard.type == MESSAGE_log_head)
            seq = ((const struct log_head *)heard.body)->seq;
    reply_clear(&heard);
    assert_true(seq > 0);
    return seq;
}

void await_reason(const char *why)
{
    struct reply heard = {0};
    int64_t end = clock_monotonic_ms() + PATIENCE_MS;
    bool is_there = false;

    while (!is_there && clock_monotonic_ms() < end)
        if (receive(peer.beats, &heard, 100)) {
            const struct service_alive *alive = heard.body;
            is_there = strcmp(alive->why ? alive->why : "", why) == 0 && alive->ready == !*why;
            assert_string_equal(alive->service, "chat-state");
            assert_string_equal(alive->components.items[0].name, "RESQL");
        }
    reply_clear(&heard);
    if (!is_there)
        fail_msg("no heartbeat says \"%s\"", why);
}
