#include "test.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bus.h"
#include "clock.h"
#include "log.h"
#include "service.h"
#include "uuid.h"

/* ---- the service: this program, started again with TEST_SERVICE set ---- */

/* What it is told in log_head.seq. */
enum order { ORDER_READY = 1, ORDER_NOT_READY, ORDER_BREAK_PART, ORDER_END };

struct fake {
    struct frame *frame;
    zsock_t *orders;
    bool broken;
    const char *fails; /* setting: not empty makes open fail */
};

static struct fake fake;

static const struct setting fake_settings[] = {
    {"TEST_FAILS", SETTING_TEXT, &fake.fails, "", "a setting of its own", 0, 0},
    {NULL, SETTING_TEXT, NULL, NULL, NULL, 0, 0},
};

static bool part_works(void *arg)
{
    return !((struct fake *)arg)->broken;
}

static const struct part fake_parts[] = {{"RESQL", part_works}, {NULL, NULL}};

static void on_order(void *arg, const zframe_t *peer, const void *message)
{
    struct fake *self = arg;
    const struct log_head *head = message;

    (void)peer;
    if (head->seq == ORDER_BREAK_PART) {
        self->broken = true;
        frame_beat(self->frame);
    } else if (head->seq == ORDER_END) {
        frame_end(self->frame);
    } else {
        frame_set_ready(self->frame, head->seq == ORDER_READY, "the database is away");
    }
}

static const struct handler order_handlers[] = {
    {MESSAGE_log_head, on_order},
    {MESSAGE_COUNT, NULL},
};

static void on_orders(void *arg)
{
    struct fake *self = arg;

    while (bus_dispatch(self->orders, order_handlers, self))
        ;
}

static int fake_open(struct frame *frame, void *arg)
{
    struct fake *self = arg;

    self->frame = frame;
    self->orders = bus_open(ZMQ_PULL, BUS_BIND, endpoints.commands);
    if (!self->orders || frame_read(frame, self->orders, on_orders, self) == -1)
        return -1;
    frame_set_ready(frame, false, "waiting"); /* a part is not asked before open is over */
    return *self->fails ? -1 : 0;
}

static void fake_drain(struct frame *frame, void *arg)
{
    (void)frame;
    (void)arg;
    log_info("draining");
    frame_set_ready(frame, true, ""); /* has no effect any more */
}

static void fake_close(void *arg)
{
    log_info("closed");
    zsock_destroy(&((struct fake *)arg)->orders);
}

static int run_fake(int argc, char **argv)
{
    const struct service service = {
        .name = "test",
        .settings = fake_settings,
        .parts = fake_parts,
        .open = fake_open,
        .drain = getenv("TEST_DRAIN") ? fake_drain : NULL,
        .close = fake_close,
        .self = &fake,
    };

    return service_run(&service, argc, argv);
}

/* ---- the other side ---- */

struct scene {
    char folder[32];
    pid_t child;
    FILE *out, *log; /* of the child */
    char address[64];
    zsock_t *beats, *orders;
    struct service_alive alive; /* the last heartbeat */
};

static FILE *child_stream(int fd, posix_spawn_file_actions_t *actions, int *writing_end)
{
    int ends[2];

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_adddup2(actions, ends[1], fd);
    *writing_end = ends[1];
    FILE *stream = fdopen(ends[0], "re");
    assert_non_null(stream);
    return stream;
}

static void start_child(struct scene *self, const char *argument)
{
    char program[] = "/proc/self/exe";
    char *argv[] = {program, (char *)argument, NULL};
    posix_spawn_file_actions_t actions;
    int writing_ends[2]; /* the child is to be the only one that has them */

    setenv("TEST_SERVICE", "1", 1);
    posix_spawn_file_actions_init(&actions);
    self->out = child_stream(STDOUT_FILENO, &actions, &writing_ends[0]);
    self->log = child_stream(STDERR_FILENO, &actions, &writing_ends[1]);
    assert_int_equal(posix_spawn(&self->child, program, &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(writing_ends[0]);
    close(writing_ends[1]);
    unsetenv("TEST_SERVICE");
}

/* Returns the next line of the log with this event; a value of it is to be
 * released with the line. */
static json_t *next_event(struct scene *self, const char *event)
{
    char line[4096];

    while (fgets(line, sizeof(line), self->log)) {
        json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
        if (!object)
            fail_msg("not JSON: %s", line);
        if (streq(json_string_value(json_object_get(object, "event")), event))
            return object;
        json_decref(object);
    }
    fail_msg("never said: %s", event);
    return NULL;
}

static void await_event(struct scene *self, const char *event)
{
    json_decref(next_event(self, event));
}

static void forget_child(struct scene *self)
{
    if (self->out)
        fclose(self->out);
    if (self->log)
        fclose(self->log);
    self->out = NULL;
    self->log = NULL;
}

static int exit_status(struct scene *self)
{
    int status;

    assert_int_equal(waitpid(self->child, &status, 0), self->child);
    self->child = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int make_scene(void **state)
{
    struct scene *self = calloc(1, sizeof(*self));
    static const char *const names[] = {"COMMANDS", "HEARTBEATS"};

    strcpy(self->folder, "/tmp/test_service.XXXXXX");
    assert_non_null(mkdtemp(self->folder));
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        char setting[64];
        char value[128];
        snprintf(setting, sizeof(setting), "KRATT_%s", names[i]);
        snprintf(value, sizeof(value), "ipc://%s/%s", self->folder, names[i]);
        setenv(setting, value, 1);
    }
    self->beats = bus_open(ZMQ_PULL, BUS_BIND, getenv("KRATT_HEARTBEATS"));
    *state = self;
    return self->beats ? 0 : -1;
}

static int end_scene(void **state)
{
    struct scene *self = *state;

    if (self->child) {
        kill(self->child, SIGKILL);
        waitpid(self->child, NULL, 0);
    }
    forget_child(self);
    message_clear(&message_types[MESSAGE_service_alive], &self->alive);
    zsock_destroy(&self->beats);
    zsock_destroy(&self->orders);
    unsetenv("TEST_DRAIN");
    unsetenv("TEST_FAILS");
    unsetenv("KRATT_LOG_LEVEL");
    unsetenv("KRATT_MONITOR");
    zsys_shutdown(); /* until then libzmq may still be closing sockets, and their files */
    zdir_t *files = zdir_new(self->folder, "-");
    zdir_remove(files, true);
    zdir_destroy(&files);
    free(self);
    return 0;
}

static void start_service(struct scene *self)
{
    start_child(self, NULL);
    json_t *object = next_event(self, "started");
    snprintf(self->address, sizeof(self->address), "%s",
             json_string_value(json_object_get(object, "monitor")));
    json_decref(object);
    self->orders = bus_open(ZMQ_PUSH, BUS_CONNECT, getenv("KRATT_COMMANDS"));
}

static void give_order(struct scene *self, enum order order)
{
    struct log_head head = {.seq = order};
    zmq_pollitem_t item = {zsock_resolve(self->orders), 0, ZMQ_POLLOUT, 0};

    uuid_make(head.log_id);
    assert_int_equal(zmq_poll(&item, 1, 5000), 1);
    assert_int_equal(bus_send(self->orders, NULL, MESSAGE_log_head, &head), 0);
}

static void on_alive(void *arg, const zframe_t *peer, const void *message)
{
    struct scene *self = arg;
    const struct message_type *type = &message_types[MESSAGE_service_alive];

    (void)peer;
    message_clear(type, &self->alive);
    message_copy(type, &self->alive, message);
}

static const struct handler beat_handlers[] = {
    {MESSAGE_service_alive, on_alive},
    {MESSAGE_COUNT, NULL},
};

static const struct service_alive *next_beat(struct scene *self)
{
    zmq_pollitem_t item = {zsock_resolve(self->beats), 0, ZMQ_POLLIN, 0};

    assert_int_equal(zmq_poll(&item, 1, 5000), 1);
    assert_true(bus_dispatch(self->beats, beat_handlers, self));
    return &self->alive;
}

/* Sends a request and returns all of the answer, which the next call
 * overwrites. */
static const char *fetch(const struct scene *self, const char *method, const char *path)
{
    static char answer[16384];
    struct sockaddr_in to = {.sin_family = AF_INET};
    const char *port = strrchr(self->address, ':');
    size_t size = 0;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_non_null(port);
    to.sin_port = htons((uint16_t)strtol(port + 1, NULL, 10));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    dprintf(fd,
            "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            method, path);
    for (ssize_t got; (got = read(fd, answer + size, sizeof(answer) - 1 - size)) > 0;)
        size += (size_t)got;
    close(fd);
    answer[size] = '\0';
    return answer;
}

static int status_of(const char *answer)
{
    return strncmp(answer, "HTTP/1.1 ", 9) == 0 ? (int)strtol(answer + 9, NULL, 10) : -1;
}

static const char *body_of(const char *answer)
{
    const char *end = strstr(answer, "\r\n\r\n");

    assert_non_null(end);
    return end + 4;
}

/* ---- tests ---- */

static void assert_printed(struct scene *self, const char *argument, const char *expected)
{
    char text[8192];

    start_child(self, argument);
    text[fread(text, 1, sizeof(text) - 1, self->out)] = '\0';
    assert_int_equal(exit_status(self), 0);
    assert_non_null(strstr(text, expected));
    forget_child(self);
}

static void help_and_version_are_printed(void **state)
{
    struct scene *self = *state;

    assert_printed(self, "--help", "TEST_FAILS ");
    assert_printed(self, "--help", "KRATT_MONITOR ");
    assert_printed(self, "--help", "KRATT_HEARTBEATS ");
    assert_printed(self, "--version", "kratt test " KRATT_VERSION "\n");
    start_child(self, "--what");
    assert_int_equal(exit_status(self), 1);
}

static void a_bad_setting_is_logged_and_ends_the_start(void **state)
{
    struct scene *self = *state;

    setenv("KRATT_LOG_LEVEL", "loud", 1);
    start_child(self, NULL);
    json_t *object = next_event(self, "setting refused");
    assert_string_equal(json_string_value(json_object_get(object, "why")),
                        "KRATT_LOG_LEVEL is not error, warn, info or debug: loud");
    json_decref(object);
    assert_int_equal(exit_status(self), 1);
}

static void an_address_that_cannot_be_had_ends_the_start(void **state)
{
    struct scene *self = *state;

    setenv("KRATT_MONITOR", "192.0.2.1:1", 1); /* RFC 5737: nobody's */
    start_child(self, NULL);
    assert_int_equal(exit_status(self), 1);
}

static void a_service_that_does_not_open_is_closed(void **state)
{
    struct scene *self = *state;

    setenv("TEST_FAILS", "yes", 1);
    start_child(self, NULL);
    await_event(self, "closed");
    assert_int_equal(exit_status(self), 1);
}

static void the_own_port_shows_how_it_is(void **state)
{
    struct scene *self = *state;

    start_service(self);
    assert_int_equal(status_of(fetch(self, "GET", "/livez")), 200);
    const char *answer = fetch(self, "GET", "/readyz");
    assert_int_equal(status_of(answer), 503);
    assert_string_equal(body_of(answer), "waiting\n");
    assert_int_equal(status_of(fetch(self, "GET", "/healthz")), 503);

    give_order(self, ORDER_READY);
    await_event(self, "ready");
    answer = fetch(self, "GET", "/readyz");
    assert_int_equal(status_of(answer), 200);
    assert_string_equal(body_of(answer), "ok\n");

    give_order(self, ORDER_NOT_READY);
    await_event(self, "not ready");
    answer = fetch(self, "GET", "/readyz");
    assert_int_equal(status_of(answer), 503);
    assert_string_equal(body_of(answer), "the database is away\n");
    assert_int_equal(status_of(fetch(self, "GET", "/livez")), 200);
}

static void methods_and_paths_are_checked(void **state)
{
    static const struct {
        const char *method, *path;
        int status;
        const char *holds;
    } cases[] = {
        {"GET", "/livez", 200, "ok\n"},
        {"HEAD", "/livez", 200, NULL},
        {"HEAD", "/healthz", 200, NULL},
        {"POST", "/healthz", 200, "kratt-test"},
        {"POST", "/livez", 405, "Allow: GET, HEAD\r\n"},
        {"DELETE", "/healthz", 405, "Allow: GET, HEAD, POST\r\n"},
        {"GET", "/", 404, "not found\n"},
        {"GET", "/livez/", 404, "not found\n"},
        {"GET", "/metrics?x=1", 200, "# EOF\n"},
    };
    struct scene *self = *state;

    start_service(self);
    give_order(self, ORDER_READY);
    await_event(self, "ready");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *answer = fetch(self, cases[i].method, cases[i].path);
        if (status_of(answer) != cases[i].status)
            fail_msg("%s %s: %s", cases[i].method, cases[i].path, answer);
        if (cases[i].holds)
            assert_non_null(strstr(answer, cases[i].holds));
        else
            assert_string_equal(body_of(answer), "");
    }
}

static void healthz_has_the_five_fields(void **state)
{
    struct scene *self = *state;
    const char *app;
    const char *version;
    json_int_t packaged;
    json_int_t started;
    json_int_t now;
    int64_t before = clock_wall_ms();

    start_service(self);
    json_t *object = json_loads(body_of(fetch(self, "GET", "/healthz")), 0, NULL);
    assert_int_equal(json_unpack(object, "{s:s, s:s, s:I, s:I, s:I !}", "appName", &app, "version",
                                 &version, "packagingTime", &packaged, "appStartTime", &started,
                                 "serverTime", &now),
                     0);
    assert_string_equal(app, "kratt-test");
    assert_string_equal(version, KRATT_VERSION);
    assert_true(packaged >= 0 && packaged < now);
    assert_true(started >= before && started <= now && now <= clock_wall_ms());
    json_decref(object);
}

static void metrics_show_the_process(void **state)
{
    static const char *const names[] = {"\nkratt_up ", "\nprocess_start_time_seconds ",
                                        "\nprocess_resident_memory_bytes ", "\nprocess_open_fds "};
    struct scene *self = *state;

    start_service(self);
    const char *answer = fetch(self, "GET", "/metrics");
    assert_non_null(strstr(answer, "application/openmetrics-text; version=1.0.0; charset=utf-8"));
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const char *at = strstr(answer, names[i]);
        assert_non_null(at);
        assert_true(strtoll(at + strlen(names[i]), NULL, 10) > 0);
    }
    assert_non_null(strstr(answer, "\nkratt_ready 0\n"));
}

static void health_is_told_every_second_and_of_each_change(void **state)
{
    struct scene *self = *state;
    char instance[UUID_SIZE];

    start_service(self);
    const struct service_alive *alive = next_beat(self);
    assert_string_equal(alive->service, "test");
    assert_string_equal(alive->version, KRATT_VERSION);
    assert_false(alive->ready);
    assert_string_equal(alive->why, "waiting");
    assert_int_equal(alive->components.count, 1);
    assert_string_equal(alive->components.items[0].name, "RESQL");
    assert_string_equal(alive->components.items[0].version, KRATT_VERSION);
    memcpy(instance, alive->instance, UUID_SIZE);

    next_beat(self);
    int64_t before = clock_monotonic_ms();
    next_beat(self);
    int64_t pause = clock_monotonic_ms() - before;
    assert_true(pause > 500 && pause < 4000);

    give_order(self, ORDER_READY);
    give_order(self, ORDER_BREAK_PART);
    while (!next_beat(self)->ready)
        ;
    assert_string_equal(alive->why ? alive->why : "", "");
    while (next_beat(self)->components.items[0].version)
        ;
    assert_true(alive->ready);
    assert_string_equal(alive->instance, instance);

    kill(self->child, SIGTERM);
    while (!next_beat(self)->stopping)
        ;
    assert_false(alive->ready);
    assert_string_equal(alive->instance, instance);
    assert_int_equal(exit_status(self), 0);
}

static void sigterm_and_sigint_end_it_cleanly(void **state)
{
    struct scene *self = *state;

    start_service(self);
    kill(self->child, SIGTERM);
    await_event(self, "closed");
    await_event(self, "stopped");
    assert_int_equal(exit_status(self), 0);
    forget_child(self);
    zsock_destroy(&self->orders);

    start_service(self);
    kill(self->child, SIGINT);
    await_event(self, "stopped");
    assert_int_equal(exit_status(self), 0);
}

static void a_service_that_drains_goes_on_until_it_is_done(void **state)
{
    struct scene *self = *state;

    setenv("TEST_DRAIN", "1", 1);
    start_service(self);
    give_order(self, ORDER_READY);
    await_event(self, "ready");
    kill(self->child, SIGTERM);
    await_event(self, "draining");
    const char *answer = fetch(self, "GET", "/readyz");
    assert_int_equal(status_of(answer), 503);
    assert_string_equal(body_of(answer), "stopping\n");
    give_order(self, ORDER_END);
    await_event(self, "stopped");
    assert_int_equal(exit_status(self), 0);
}

static void a_second_signal_ends_it_at_once(void **state)
{
    struct scene *self = *state;

    setenv("TEST_DRAIN", "1", 1);
    start_service(self);
    kill(self->child, SIGTERM);
    await_event(self, "draining");
    kill(self->child, SIGTERM);
    await_event(self, "stopped");
    assert_int_equal(exit_status(self), 0);
}

static void sigpipe_is_nothing(void **state)
{
    struct scene *self = *state;

    start_service(self);
    kill(self->child, SIGPIPE);
    assert_int_equal(status_of(fetch(self, "GET", "/livez")), 200);
}

int main(int argc, char **argv)
{
    if (getenv("TEST_SERVICE"))
        return run_fake(argc, argv);
    log_open("test", LOG_ERR - 1);
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_scene, end_scene)
    const struct CMUnitTest tests[] = {
        TEST(help_and_version_are_printed),
        TEST(a_bad_setting_is_logged_and_ends_the_start),
        TEST(an_address_that_cannot_be_had_ends_the_start),
        TEST(a_service_that_does_not_open_is_closed),
        TEST(the_own_port_shows_how_it_is),
        TEST(methods_and_paths_are_checked),
        TEST(healthz_has_the_five_fields),
        TEST(metrics_show_the_process),
        TEST(health_is_told_every_second_and_of_each_change),
        TEST(sigterm_and_sigint_end_it_cleanly),
        TEST(a_service_that_drains_goes_on_until_it_is_done),
        TEST(a_second_signal_ends_it_at_once),
        TEST(sigpipe_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
