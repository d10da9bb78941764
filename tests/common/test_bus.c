#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "bus.h"
#include "log.h"
#include "metric.h"
#include "raw.h"
#include "uuid.h"
#include "watch.h"

enum { WAIT_MS = 5000 }; /* for what comes at once, and fails the test when it does not */

static char folder[] = "/tmp/test_bus.XXXXXX";
static char endpoint[64]; /* a new one for each test */

/* libzmq closes a socket some time after zsock_destroy, and an address is free
 * only then; so each test takes new ones. */
static const char *new_inproc(void)
{
    static char name[64];
    static int number;

    snprintf(name, sizeof(name), "inproc://test-%d", number++);
    return name;
}

static const char *new_ipc(void)
{
    static int number;

    snprintf(endpoint, sizeof(endpoint), "ipc://%s/%d", folder, number++);
    return endpoint;
}

static int64_t counted(const char *what)
{
    char sample[64];

    snprintf(sample, sizeof(sample), "kratt_bus_messages_%s_total", what);
    return metric_value(sample);
}

static void wait_for(zsock_t *sock, short event)
{
    zmq_pollitem_t item = {zsock_resolve(sock), 0, event, 0};

    assert_int_equal(zmq_poll(&item, 1, WAIT_MS), 1);
}

/* What the handlers below were given. */
struct heard {
    int heads, revocations;
    int64_t seq;
    char token_id[UUID_SIZE];
    zframe_t *peer;
};

static void on_head(void *arg, const zframe_t *peer, const void *message)
{
    struct heard *self = arg;
    const struct log_head *head = message;

    self->heads++;
    self->seq = head->seq;
    zframe_destroy(&self->peer);
    self->peer = peer ? zframe_dup((zframe_t *)peer) : NULL;
}

static void on_revocation(void *arg, const zframe_t *peer, const void *message)
{
    struct heard *self = arg;
    const struct revocation *revocation = message;

    (void)peer;
    self->revocations++;
    memcpy(self->token_id, revocation->token_id, UUID_SIZE);
}

static const struct handler handlers[] = {
    {MESSAGE_log_head, on_head},
    {MESSAGE_revocation, on_revocation},
    {MESSAGE_COUNT, NULL},
};

static void hear(zsock_t *sock, struct heard *heard)
{
    wait_for(sock, ZMQ_POLLIN);
    assert_true(bus_dispatch(sock, handlers, heard));
}

static struct log_head make_head(int64_t seq)
{
    struct log_head head = {.seq = seq};

    uuid_make(head.log_id);
    return head;
}

static void a_message_arrives_as_it_was_sent(void **state)
{
    const char *const endpoints[] = {"inproc://first", new_ipc(), "tcp://127.0.0.1:*"};

    (void)state;
    for (size_t i = 0; i < sizeof(endpoints) / sizeof(*endpoints); i++) {
        struct heard heard = {0};
        struct log_head head = make_head(42);
        struct revocation revocation = {.expires_at = 7};
        zsock_t *pull = bus_open(ZMQ_PULL, BUS_BIND, endpoints[i]);
        zsock_t *push = bus_open(ZMQ_PUSH, BUS_CONNECT, zsock_endpoint(pull));

        assert_false(bus_dispatch(pull, handlers, &heard));
        wait_for(push, ZMQ_POLLOUT);
        uuid_make(revocation.token_id);
        assert_int_equal(bus_send(push, NULL, MESSAGE_log_head, &head), 0);
        assert_int_equal(bus_send(push, NULL, MESSAGE_revocation, &revocation), 0);
        hear(pull, &heard);
        hear(pull, &heard);
        assert_false(bus_dispatch(pull, handlers, &heard));
        assert_int_equal(heard.heads, 1);
        assert_int_equal(heard.seq, 42);
        assert_null(heard.peer);
        assert_int_equal(heard.revocations, 1);
        assert_string_equal(heard.token_id, revocation.token_id);
        zsock_destroy(&push);
        zsock_destroy(&pull);
    }
}

static void a_message_that_breaks_the_schema_is_not_sent(void **state)
{
    struct log_head head = {.seq = 1}; /* no log_id */
    zsock_t *pull = bus_open(ZMQ_PULL, BUS_BIND, new_inproc());
    zsock_t *push = bus_open(ZMQ_PUSH, BUS_CONNECT, zsock_endpoint(pull));
    int64_t refused = counted("refused");

    (void)state;
    assert_int_equal(bus_send(push, NULL, MESSAGE_log_head, &head), -1);
    assert_int_equal(counted("refused"), refused + 1);
    assert_false(zsock_events(pull) & ZMQ_POLLIN);
    zsock_destroy(&push);
    zsock_destroy(&pull);
}

static void send_frames(zsock_t *sock, const char *const *frames)
{
    for (; *frames; frames++)
        assert_int_not_equal(
            zmq_send(zsock_resolve(sock), *frames, strlen(*frames), frames[1] ? ZMQ_SNDMORE : 0),
            -1);
}

static const char *const garbage[][6] = {
    {"log.head", NULL},
    {"", NULL},
    {"log.head", "", NULL},
    {"log.head", "\xc1", NULL},
    {"log.head", "\x80", NULL},
    {"log.head", "body", "one more", NULL},
    {"log.head", "body", "one", "two", "three", NULL},
    {"no.such.message", "\x80", NULL},
    {"chat.open", "\x80", NULL}, /* known, but not here */
    {"", "", NULL},
    {"a name that is much longer than any wire name of messages.def is allowed to be", "\x80",
     NULL},
};

/* A good message, and a frame too many. */
static void send_with_more(zsock_t *sock, const struct log_head *head)
{
    char why[WHY_MAX];
    msgpack_sbuffer body;
    const char *wire = message_types[MESSAGE_log_head].wire;

    msgpack_sbuffer_init(&body);
    assert_int_equal(message_encode(&message_types[MESSAGE_log_head], head, &body, why), 0);
    zmq_send(zsock_resolve(sock), wire, strlen(wire), ZMQ_SNDMORE);
    zmq_send(zsock_resolve(sock), body.data, body.size, ZMQ_SNDMORE);
    zmq_send(zsock_resolve(sock), "", 0, 0);
    msgpack_sbuffer_destroy(&body);
}

static void garbage_is_counted_and_dropped_and_the_next_message_arrives(void **state)
{
    enum { CASES = sizeof(garbage) / sizeof(*garbage) };
    struct heard heard = {0};
    struct log_head head = make_head(42);
    zsock_t *pull = bus_open(ZMQ_PULL, BUS_BIND, new_inproc());
    zsock_t *push = bus_open(ZMQ_PUSH, BUS_CONNECT, zsock_endpoint(pull));
    int64_t refused = counted("refused");
    int64_t received = counted("received");

    (void)state;
    for (int i = 0; i < CASES; i++) {
        send_frames(push, garbage[i]);
        hear(pull, &heard);
        assert_int_equal(counted("refused"), refused + i + 1);
    }
    assert_int_not_equal(zmq_send(zsock_resolve(push), "log.head\0more", 13, ZMQ_SNDMORE), -1);
    assert_int_not_equal(zmq_send(zsock_resolve(push), "", 0, 0), -1);
    hear(pull, &heard);
    send_with_more(push, &head);
    hear(pull, &heard);
    assert_int_equal(counted("refused"), refused + CASES + 2);
    assert_int_equal(heard.heads, 0);

    assert_int_equal(bus_send(push, NULL, MESSAGE_log_head, &head), 0);
    hear(pull, &heard);
    assert_int_equal(heard.heads, 1);
    assert_int_equal(counted("received"), received + CASES + 3);
    zsock_destroy(&push);
    zsock_destroy(&pull);
}

static void a_router_answers_the_one_who_asked(void **state)
{
    struct heard router_heard = {0};
    struct heard heard[2] = {0};
    zsock_t *router = bus_open(ZMQ_ROUTER, BUS_BIND, new_ipc());
    zsock_t *dealers[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        dealers[i] = bus_open(ZMQ_DEALER, BUS_CONNECT, endpoint);
        wait_for(dealers[i], ZMQ_POLLOUT);
    }
    for (int i = 0; i < 2; i++) {
        struct log_head head = make_head(i);
        assert_int_equal(bus_send(dealers[i], NULL, MESSAGE_log_head, &head), 0);
        hear(router, &router_heard);
        head.seq += 100;
        assert_int_equal(bus_send(router, router_heard.peer, MESSAGE_log_head, &head), 0);
        hear(dealers[i], &heard[i]);
        assert_int_equal(heard[i].seq, 100 + i);
        assert_null(heard[i].peer);
    }
    assert_false(bus_dispatch(dealers[0], handlers, &heard[0]));
    zframe_destroy(&router_heard.peer);
    zsock_destroy(&dealers[0]);
    zsock_destroy(&dealers[1]);
    zsock_destroy(&router);
}

static void an_answer_to_nobody_is_an_error(void **state)
{
    struct log_head head = make_head(1);
    zsock_t *router = bus_open(ZMQ_ROUTER, BUS_BIND, new_ipc());
    zframe_t *peer = zframe_new("gone", 4);
    int64_t dropped = counted("dropped");

    (void)state;
    assert_int_equal(bus_send(router, peer, MESSAGE_log_head, &head), -1);
    assert_int_equal(counted("dropped"), dropped + 1);
    zframe_destroy(&peer);
    zsock_destroy(&router);
}

static void without_a_peer_nothing_is_queued(void **state)
{
    struct heard heard = {0};
    struct log_head head = make_head(1);
    zsock_t *push = bus_open(ZMQ_PUSH, BUS_CONNECT, new_ipc());

    (void)state;
    assert_int_equal(bus_send(push, NULL, MESSAGE_log_head, &head), -1);
    zsock_t *pull = bus_open(ZMQ_PULL, BUS_BIND, endpoint);
    wait_for(push, ZMQ_POLLOUT); /* connected again */
    head.seq = 2;
    assert_int_equal(bus_send(push, NULL, MESSAGE_log_head, &head), 0);
    hear(pull, &heard);
    assert_int_equal(heard.seq, 2);
    zsock_destroy(&push);
    zsock_destroy(&pull);
}

static void a_peer_that_does_not_read_fills_up_and_nothing_blocks(void **state)
{
    enum { MOST = 100000 };
    struct heard heard = {0};
    struct log_head head = make_head(0);
    zsock_t *pull = bus_open(ZMQ_PULL, BUS_BIND, new_inproc());
    zsock_t *push = bus_open(ZMQ_PUSH, BUS_CONNECT, zsock_endpoint(pull));
    int64_t dropped = counted("dropped");
    int sent = 0;

    (void)state;
    while (sent < MOST && bus_send(push, NULL, MESSAGE_log_head, &head) == 0)
        sent++;
    assert_int_equal(sent, 20000); /* 10,000 at each end */
    assert_int_equal(counted("dropped"), dropped + 1);
    while (bus_dispatch(pull, handlers, &heard))
        ;
    assert_int_equal(heard.heads, sent); /* all whole, none lost */
    assert_int_equal(bus_send(push, NULL, MESSAGE_log_head, &head), 0);
    zsock_destroy(&push);
    zsock_destroy(&pull);
}

static void a_subscriber_gets_what_it_subscribed_to(void **state)
{
    struct heard heard = {0};
    struct log_head head = make_head(3);
    struct revocation revocation = {.expires_at = 7};
    zsock_t *pub = bus_open(ZMQ_PUB, BUS_BIND, new_inproc());
    zsock_t *sub = bus_open(ZMQ_SUB, BUS_CONNECT, zsock_endpoint(pub));

    (void)state;
    bus_subscribe(sub, MESSAGE_log_head);
    uuid_make(revocation.token_id);
    assert_int_equal(bus_send(pub, NULL, MESSAGE_revocation, &revocation), 0);
    assert_int_equal(bus_send(pub, NULL, MESSAGE_log_head, &head), 0);
    hear(sub, &heard);
    assert_int_equal(heard.heads, 1);
    assert_int_equal(heard.revocations, 0);
    assert_false(bus_dispatch(sub, handlers, &heard));
    zsock_destroy(&sub);
    zsock_destroy(&pub);
}

static void an_endpoint_may_name_several_addresses(void **state)
{
    struct heard heard = {0};
    struct log_head head = make_head(3);
    zsock_t *pull = bus_open(ZMQ_PULL, BUS_BIND, "inproc://one,inproc://two");
    zsock_t *push = bus_open(ZMQ_PUSH, BUS_CONNECT, "inproc://two");
    zsock_t *both = bus_open(ZMQ_PUSH, BUS_CONNECT, "inproc://one,inproc://two");

    (void)state;
    assert_int_equal(bus_send(push, NULL, MESSAGE_log_head, &head), 0);
    assert_int_equal(bus_send(both, NULL, MESSAGE_log_head, &head), 0);
    assert_int_equal(bus_send(both, NULL, MESSAGE_log_head, &head), 0);
    for (int i = 0; i < 3; i++)
        hear(pull, &heard);
    assert_int_equal(heard.heads, 3);
    zsock_destroy(&both);
    zsock_destroy(&push);
    zsock_destroy(&pull);
}

static void a_bad_endpoint_opens_nothing(void **state)
{
    static const char *const cases[] = {"", "nonsense", "ipc:///nowhere/at/all", "tcp://127.0.0.1",
                                        "inproc://good,nonsense"};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_null(bus_open(ZMQ_ROUTER, BUS_BIND, cases[i]));
}

static void a_wildcard_that_is_bound_can_be_connected_to_from_here(void **state)
{
    struct heard heard = {0};
    struct log_head head = make_head(3);
    zsock_t *pull = bus_open(ZMQ_PULL, BUS_BIND, "tcp://*:*");
    const char *port = strrchr(zsock_endpoint(pull), ':');
    char there[64];

    (void)state;
    snprintf(there, sizeof(there), "tcp://*%s", port);
    zsock_t *push = bus_open(ZMQ_PUSH, BUS_CONNECT, there);
    assert_non_null(push);
    wait_for(push, ZMQ_POLLOUT);
    assert_int_equal(bus_send(push, NULL, MESSAGE_log_head, &head), 0);
    hear(pull, &heard);
    assert_int_equal(heard.seq, 3);
    zsock_destroy(&push);
    zsock_destroy(&pull);
}

static void every_socket_keeps_to_the_limits(void **state)
{
    zsock_t *dealer = bus_open(ZMQ_DEALER, BUS_CONNECT, "tcp://127.0.0.1:1");
    zsock_t *router = bus_open(ZMQ_ROUTER, BUS_BIND, new_inproc());
    zsock_t *pub = bus_open(ZMQ_PUB, BUS_BIND, new_inproc());
    zsock_t *latest = bus_open(ZMQ_PUB, BUS_BIND | BUS_LATEST, new_inproc());

    (void)state;
    assert_int_equal(zsock_linger(dealer), 0);
    assert_int_equal(zsock_maxmsgsize(dealer), 64 * 1024 * 1024);
    assert_int_equal(zsock_maxmsgsize(router), 256 * 1024);
    assert_int_equal(zsock_sndhwm(dealer), 10000);
    assert_int_equal(zsock_rcvhwm(dealer), 10000);
    assert_int_equal(zsock_immediate(dealer), 1);
    assert_int_equal(zsock_heartbeat_ivl(dealer), 500);
    assert_int_equal(zsock_heartbeat_timeout(dealer), 1500);
    assert_int_equal(zsock_heartbeat_ttl(dealer), 1500);
    assert_int_equal(zsock_tcp_maxrt(dealer), 3000);
    assert_int_equal(zsock_handshake_ivl(dealer), 3000);
    assert_int_equal(zsock_connect_timeout(dealer), 1000);
    assert_int_equal(zsock_reconnect_ivl(dealer), 50);
    assert_int_equal(zsock_reconnect_ivl_max(dealer), 1000);
    assert_int_equal(zsock_sndhwm(pub), 10000);
    assert_int_equal(zsock_linger(pub), 0);
    assert_int_equal(zsock_sndhwm(latest), 4);
    zsock_destroy(&latest);
    zsock_destroy(&pub);
    zsock_destroy(&router);
    zsock_destroy(&dealer);
}

/* ---- peers that misbehave ---- */

static int on_pause(zloop_t *loop, int timer_id, void *arg)
{
    (void)loop;
    (void)timer_id;
    (void)arg;
    return -1; /* ends the loop, so that the test looks again */
}

/* Lets the watcher read until a metric has risen to value. */
static void wait_counted(zloop_t *loop, const char *sample, int64_t value)
{
    int64_t end = clock_monotonic_ms() + WAIT_MS;

    while (metric_value(sample) < value) {
        assert_true(clock_monotonic_ms() < end);
        zloop_timer(loop, 5, 1, on_pause, NULL);
        zloop_start(loop);
    }
}

static void who_sends_too_much_loses_its_connection_and_no_other_does(void **state)
{
    enum { TOO_MUCH = 256 * 1024 + 1 };
    static char long_body[TOO_MUCH];
    static const char connections_ended[] = "kratt_bus_connections_ended_total";
    struct heard heard = {0};
    struct log_head head = make_head(3);
    zloop_t *loop = zloop_new();

    (void)state;
    watch_start(loop);
    zsock_t *pull = bus_open(ZMQ_PULL, BUS_BIND, "tcp://127.0.0.1:*");
    int64_t ended = metric_value(connections_ended);
    zsock_t *bad = bus_open(ZMQ_PUSH, BUS_CONNECT, zsock_endpoint(pull));
    zsock_t *good = bus_open(ZMQ_PUSH, BUS_CONNECT, zsock_endpoint(pull));
    wait_for(bad, ZMQ_POLLOUT);
    wait_for(good, ZMQ_POLLOUT);
    assert_int_equal(bus_send_body(bad, NULL, MESSAGE_log_head, long_body, TOO_MUCH), 0);
    wait_counted(loop, connections_ended, ended + 2); /* each side counts it */
    assert_int_equal(bus_send(good, NULL, MESSAGE_log_head, &head), 0);
    hear(pull, &heard);
    assert_int_equal(heard.heads, 1);
    assert_false(bus_dispatch(pull, handlers, &heard)); /* nothing of the long one */
    assert_int_equal(metric_value(connections_ended), ended + 2);
    zsock_destroy(&bad);
    zsock_destroy(&good);
    zsock_destroy(&pull);
    watch_stop();
    zloop_destroy(&loop);
}

/* Every field of a message as long as it may be, in characters of four bytes. */
static void the_longest_request_is_not_too_long(void **state)
{
    struct chat_open open = {.author_timestamp = INT64_MAX};
    const struct message_type *type = &message_types[MESSAGE_chat_open];
    char why[WHY_MAX];
    msgpack_sbuffer body;

    (void)state;
    uuid_make(open.request_id);
    uuid_make(open.chat_id);
    uuid_make(open.message_id);
    for (const struct field *field = type->fields(); field->name; field++) {
        if (field->type != FIELD_STRING)
            continue;
        char *text = calloc(4, (size_t)field->max + 1);
        char *end = text;
        for (int64_t i = 0; i < field->max; i++)
            end = stpcpy(end, "\U0001F600");
        *(char **)((char *)&open + field->offset) = text;
    }
    msgpack_sbuffer_init(&body);
    assert_int_equal(message_encode(type, &open, &body, why), 0);
    assert_true(body.size > 10000 && body.size < 256 * 1024 / 4);
    msgpack_sbuffer_destroy(&body);
    message_clear(type, &open);
}

static void a_peer_that_falls_silent_is_noticed_within_two_seconds(void **state)
{
    zsock_t *pull = bus_open(ZMQ_PULL, BUS_BIND, "tcp://127.0.0.1:*");
    int fd = raw_connect(zsock_endpoint(pull));

    (void)state;
    raw_greet(fd, "PUSH"); /* and never a word after it */
    int64_t after = raw_wait_closed(fd, WAIT_MS);
    assert_true(after >= 1400 && after <= 2500);
    close(fd);
    zsock_destroy(&pull);
}

static void who_connects_and_says_nothing_is_shown_out(void **state)
{
    zsock_t *pull = bus_open(ZMQ_PULL, BUS_BIND, "tcp://127.0.0.1:*");
    int fd = raw_connect(zsock_endpoint(pull));

    (void)state;
    int64_t after = raw_wait_closed(fd, WAIT_MS);
    assert_true(after >= 2500 && after <= 4000);
    close(fd);
    zsock_destroy(&pull);
}

static int make_folder(void **state)
{
    (void)state;
    log_open("test", LOG_ERR - 1);
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    zsys_shutdown(); /* until then libzmq may still be closing sockets, and their files */
    zdir_t *files = zdir_new(folder, "-");
    zdir_remove(files, true);
    zdir_destroy(&files);
    return access(folder, F_OK) == -1 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_arrives_as_it_was_sent),
        cmocka_unit_test(a_message_that_breaks_the_schema_is_not_sent),
        cmocka_unit_test(garbage_is_counted_and_dropped_and_the_next_message_arrives),
        cmocka_unit_test(a_router_answers_the_one_who_asked),
        cmocka_unit_test(an_answer_to_nobody_is_an_error),
        cmocka_unit_test(without_a_peer_nothing_is_queued),
        cmocka_unit_test(a_peer_that_does_not_read_fills_up_and_nothing_blocks),
        cmocka_unit_test(a_subscriber_gets_what_it_subscribed_to),
        cmocka_unit_test(an_endpoint_may_name_several_addresses),
        cmocka_unit_test(a_bad_endpoint_opens_nothing),
        cmocka_unit_test(a_wildcard_that_is_bound_can_be_connected_to_from_here),
        cmocka_unit_test(every_socket_keeps_to_the_limits),
        cmocka_unit_test(who_sends_too_much_loses_its_connection_and_no_other_does),
        cmocka_unit_test(the_longest_request_is_not_too_long),
        cmocka_unit_test(a_peer_that_falls_silent_is_noticed_within_two_seconds),
        cmocka_unit_test(who_connects_and_says_nothing_is_shown_out),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
