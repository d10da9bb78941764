#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "caller.h"
#include "clock.h"
#include "log.h"
#include "uuid.h"
#include "watch.h"

enum { LIMIT = 8, LONG_MS = 10000, SHORT_MS = 30, ASKED_MAX = 64 };

/* One side asks; the other, a ROUTER in the same loop, keeps what it is asked
 * until the test has it answer. */
struct scene {
    char endpoint[64]; /* of its own: libzmq frees an address some time after the socket */
    zloop_t *loop;
    struct timers *timers;
    struct caller *caller;
    zsock_t *router;
    struct asked {
        zframe_t *peer;
        char request_id[UUID_SIZE], chat_id[UUID_SIZE];
    } asked[ASKED_MAX];
    size_t asked_count;
    size_t end_after_asked;   /* ends the loop; 0: never */
    size_t end_after_answers; /* likewise */
    size_t answers;
    bool inside_ask;
};

struct expected {
    struct scene *scene;
    uint64_t ticket;
    int calls;
    enum message_id type;
    int64_t status;
    char code[65];
    char chat_id[UUID_SIZE];
};

static char folder[] = "/tmp/test_caller.XXXXXX";

static int on_end(zloop_t *loop, int timer_id, void *arg)
{
    (void)loop;
    (void)timer_id;
    (void)arg;
    return -1;
}

static void end_loop(struct scene *self)
{
    zloop_timer(self->loop, 0, 1, on_end, NULL);
}

static void on_asked(void *arg, const zframe_t *peer, const void *message)
{
    struct scene *self = arg;
    const struct chat_get *get = message;
    struct asked *asked = &self->asked[self->asked_count++];

    assert_true(self->asked_count <= ASKED_MAX);
    asked->peer = zframe_dup((zframe_t *)peer);
    memcpy(asked->request_id, get->request_id, UUID_SIZE);
    memcpy(asked->chat_id, get->chat_id, UUID_SIZE);
    if (self->asked_count == self->end_after_asked)
        end_loop(self);
}

static const struct handler handlers[] = {
    {MESSAGE_chat_get, on_asked},
    {MESSAGE_COUNT, NULL},
};

static int on_router(zloop_t *loop, zsock_t *sock, void *arg)
{
    (void)loop;
    while (bus_dispatch(sock, handlers, arg))
        ;
    return 0;
}

static void bind_router(struct scene *self)
{
    self->router = bus_open(ZMQ_ROUTER, BUS_BIND, self->endpoint);
    assert_non_null(self->router);
    zloop_reader(self->loop, self->router, on_router, self);
}

static int on_stuck(zloop_t *loop, int timer_id, void *arg)
{
    (void)loop;
    (void)timer_id;
    (void)arg;
    fail_msg("nothing came");
    return -1;
}

static struct scene *scene_new(const char *transport)
{
    static int number;
    struct scene *self = calloc(1, sizeof(*self));

    snprintf(self->endpoint, sizeof(self->endpoint), "%s%s/%d", transport, folder, number++);
    self->loop = zloop_new();
    self->timers = timers_new();
    timers_attach(self->timers, self->loop);
    watch_start(self->loop);
    self->caller = caller_new(self->loop, self->timers, self->endpoint, LIMIT);
    assert_non_null(self->caller);
    zloop_timer(self->loop, 20000, 1, on_stuck, NULL);
    return self;
}

static void scene_destroy(struct scene *self)
{
    for (size_t i = 0; i < self->asked_count; i++)
        zframe_destroy(&self->asked[i].peer);
    caller_destroy(&self->caller);
    assert_null(self->caller);
    zsock_destroy(&self->router);
    watch_stop();
    zloop_destroy(&self->loop);
    timers_destroy(&self->timers);
    free(self);
}

static void run_until_asked(struct scene *self, size_t count)
{
    self->end_after_asked = count;
    zloop_start(self->loop);
    assert_int_equal(self->asked_count, count);
    self->end_after_asked = 0;
}

static void run_until_answers(struct scene *self, size_t count)
{
    self->end_after_answers = count;
    zloop_start(self->loop);
    assert_int_equal(self->answers, count);
    self->end_after_answers = 0;
}

static void reply(struct scene *self, size_t number)
{
    const struct asked *asked = &self->asked[number];
    struct chat chat = {.created = 1, .updated = 1};
    struct chat_found found = {.chat = {&chat, 1}};
    static char status[] = "OPEN";

    chat.status = status;
    memcpy(chat.id, asked->chat_id, UUID_SIZE);
    memcpy(found.request_id, asked->request_id, UUID_SIZE);
    assert_int_equal(bus_send(self->router, asked->peer, MESSAGE_chat_found, &found), 0);
}

static void on_answered(void *arg, enum message_id type, const void *answer)
{
    struct expected *self = arg;

    assert_false(self->scene->inside_ask);
    self->calls++;
    self->type = type;
    if (type == MESSAGE_request_refused) {
        const struct request_refused *refused = answer;
        self->status = refused->status;
        snprintf(self->code, sizeof(self->code), "%s", refused->code);
        char why[WHY_MAX];
        assert_int_equal(message_check(&message_types[type], answer, why), 0);
    } else {
        assert_int_equal(type, MESSAGE_chat_found);
        memcpy(self->chat_id, ((const struct chat_found *)answer)->chat.items[0].id, UUID_SIZE);
    }
    if (++self->scene->answers == self->scene->end_after_answers)
        end_loop(self->scene);
}

/* Returns the chat_id that was asked for. */
static const char *ask(struct scene *self, struct expected *expected, int64_t timeout_ms,
                       on_answer *then)
{
    static struct chat_get get;

    uuid_make(get.chat_id);
    expected->scene = self;
    self->inside_ask = true;
    expected->ticket = caller_ask(self->caller, MESSAGE_chat_get, &get, timeout_ms, then, expected);
    self->inside_ask = false;
    return get.chat_id;
}

static void assert_refused(const struct expected *expected, int status, const char *code)
{
    assert_int_equal(expected->calls, 1);
    assert_int_equal(expected->type, MESSAGE_request_refused);
    assert_int_equal(expected->status, status);
    assert_string_equal(expected->code, code);
}

static void each_answer_reaches_its_question(void **state)
{
    struct scene *scene = scene_new("inproc://");
    struct expected expected[LIMIT] = {0};
    char chat_ids[LIMIT][UUID_SIZE];

    (void)state;
    bind_router(scene);
    for (int i = 0; i < LIMIT; i++)
        memcpy(chat_ids[i], ask(scene, &expected[i], LONG_MS, on_answered), UUID_SIZE);
    run_until_asked(scene, LIMIT);
    for (size_t i = LIMIT; i > 0; i--)
        reply(scene, i - 1);
    run_until_answers(scene, LIMIT);
    for (int i = 0; i < LIMIT; i++) {
        assert_int_equal(expected[i].calls, 1);
        assert_string_equal(expected[i].chat_id, chat_ids[i]);
    }
    scene_destroy(scene);
}

static void a_question_that_is_not_answered_in_time_gets_504(void **state)
{
    struct scene *scene = scene_new("inproc://");
    struct expected late = {0};
    struct expected next = {0};
    int64_t before = clock_monotonic_ms();

    (void)state;
    bind_router(scene);
    ask(scene, &late, SHORT_MS, on_answered);
    run_until_answers(scene, 1);
    assert_refused(&late, 504, "timeout");
    assert_true(clock_monotonic_ms() >= before + SHORT_MS);

    /* The late answer is dropped; the one after it arrives. */
    ask(scene, &next, LONG_MS, on_answered);
    run_until_asked(scene, 2);
    reply(scene, 0);
    reply(scene, 1);
    run_until_answers(scene, 2);
    assert_int_equal(late.calls, 1);
    assert_int_equal(next.calls, 1);
    assert_int_equal(next.type, MESSAGE_chat_found);
    scene_destroy(scene);
}

static void more_than_the_limit_in_flight_get_503(void **state)
{
    struct scene *scene = scene_new("inproc://");
    struct expected expected[LIMIT + 2] = {0};

    (void)state;
    bind_router(scene);
    for (int i = 0; i < LIMIT + 2; i++)
        ask(scene, &expected[i], LONG_MS, on_answered);
    run_until_answers(scene, 2);
    assert_refused(&expected[LIMIT], 503, "unavailable");
    assert_refused(&expected[LIMIT + 1], 503, "unavailable");
    if (scene->asked_count < LIMIT)
        run_until_asked(scene, LIMIT);
    reply(scene, 0);
    run_until_answers(scene, 3);
    ask(scene, &expected[0], LONG_MS, on_answered); /* there is room again */
    run_until_asked(scene, LIMIT + 1);
    scene_destroy(scene);
}

static void a_request_that_breaks_the_schema_gets_503(void **state)
{
    struct scene *scene = scene_new("inproc://");
    struct expected expected = {.scene = scene};
    struct chat_get get = {0};

    (void)state;
    bind_router(scene);
    caller_ask(scene->caller, MESSAGE_chat_get, &get, LONG_MS, on_answered, &expected);
    run_until_answers(scene, 1);
    assert_refused(&expected, 503, "unavailable");
    scene_destroy(scene);
}

static void a_forgotten_question_is_not_answered(void **state)
{
    struct scene *scene = scene_new("inproc://");
    struct expected forgotten = {0};
    struct expected unsent = {0};
    struct expected kept[LIMIT] = {0};

    (void)state;
    bind_router(scene);
    ask(scene, &forgotten, LONG_MS, on_answered);
    for (int i = 1; i < LIMIT; i++)
        ask(scene, &kept[i], LONG_MS, on_answered);
    ask(scene, &unsent, LONG_MS, on_answered); /* over the limit */
    caller_forget(scene->caller, forgotten.ticket);
    caller_forget(scene->caller, unsent.ticket);
    run_until_asked(scene, LIMIT);
    for (size_t i = 0; i < LIMIT; i++)
        reply(scene, i);
    run_until_answers(scene, LIMIT - 1);
    assert_int_equal(forgotten.calls, 0);
    assert_int_equal(unsent.calls, 0);
    caller_forget(scene->caller, kept[1].ticket); /* after its answer */
    caller_forget(scene->caller, forgotten.ticket);
    caller_forget(scene->caller, 0);
    scene_destroy(scene);
}

static void on_retry(void *arg, enum message_id type, const void *answer)
{
    struct expected *self = arg;

    if (type == MESSAGE_request_refused) {
        assert_int_equal(((const struct request_refused *)answer)->status, 503);
        self->status++;
        if (!self->scene->router)
            bind_router(self->scene); /* the peer starts */
        ask(self->scene, self, LONG_MS, on_retry);
        return;
    }
    on_answered(self, type, answer);
}

static void a_peer_that_appears_later_is_found(void **state)
{
    struct scene *scene = scene_new("ipc://");
    struct expected expected = {0};

    (void)state;
    ask(scene, &expected, LONG_MS, on_retry);
    run_until_asked(scene, 1);
    assert_true(expected.status > 0); /* it was refused before */
    reply(scene, 0);
    run_until_answers(scene, 1);
    assert_int_equal(expected.calls, 1);
    scene_destroy(scene);
}

static void what_is_in_flight_at_the_end_is_not_called_back(void **state)
{
    struct scene *scene = scene_new("inproc://");
    struct expected expected[LIMIT + 2] = {0};

    (void)state;
    bind_router(scene);
    for (int i = 0; i < LIMIT + 2; i++)
        ask(scene, &expected[i], LONG_MS, on_answered);
    caller_destroy(&scene->caller);
    assert_true(timers_next(scene->timers) == INT64_MAX);
    for (int i = 0; i < LIMIT + 2; i++)
        assert_int_equal(expected[i].calls, 0);
    scene_destroy(scene);
}

static void what_is_in_flight_when_the_connection_ends_gets_503_at_once(void **state)
{
    struct scene *scene = scene_new("ipc://");
    struct expected early = {0};
    struct expected expected[3] = {{0}};

    (void)state;
    ask(scene, &early, LONG_MS, on_retry); /* until the peer is there */
    run_until_asked(scene, 1);
    for (int i = 0; i < 3; i++)
        ask(scene, &expected[i], LONG_MS, on_answered);
    run_until_asked(scene, 4);
    reply(scene, 0);
    run_until_answers(scene, 1);
    int64_t before = clock_monotonic_ms();
    zloop_reader_end(scene->loop, scene->router);
    zsock_destroy(&scene->router);
    run_until_answers(scene, 4);
    assert_true(clock_monotonic_ms() < before + LONG_MS / 2);
    for (int i = 0; i < 3; i++)
        assert_refused(&expected[i], 503, "unavailable");
    assert_false(caller_is_away(scene->caller)); /* not yet */
    scene_destroy(scene);
}

static void a_bad_endpoint_makes_no_caller(void **state)
{
    zloop_t *loop = zloop_new();
    struct timers *timers = timers_new();

    (void)state;
    assert_null(caller_new(loop, timers, "nonsense", LIMIT));
    timers_destroy(&timers);
    zloop_destroy(&loop);
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
        cmocka_unit_test(each_answer_reaches_its_question),
        cmocka_unit_test(a_question_that_is_not_answered_in_time_gets_504),
        cmocka_unit_test(more_than_the_limit_in_flight_get_503),
        cmocka_unit_test(a_request_that_breaks_the_schema_gets_503),
        cmocka_unit_test(a_forgotten_question_is_not_answered),
        cmocka_unit_test(a_peer_that_appears_later_is_found),
        cmocka_unit_test(what_is_in_flight_at_the_end_is_not_called_back),
        cmocka_unit_test(what_is_in_flight_when_the_connection_ends_gets_503_at_once),
        cmocka_unit_test(a_bad_endpoint_makes_no_caller),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
