#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bus.h"
#include "guard.h"
#include "keyring.h"
#include "log.h"
#include "metric.h"
#include "program.h"
#include "raw.h"
#include "service.h"
#include "uuid.h"
#include "watch.h"

/* health binds KRATT_HEALTH, where rest-ingress and sse-gateway may ask, in
 * this process; those who come are plain sockets with the keys of a folder. */

enum { WAIT_MS = 5000 };

static const char keys_refused[] = "kratt_bus_keys_refused_total";
static const char handshakes_failed[] = "kratt_bus_handshakes_failed_total";

static char folder[] = "/tmp/test_guard.XXXXXX";
static char address[64];

struct scene {
    zloop_t *loop;
    zsock_t *router;
    int asked;
};

static const char *folder_of(const char *service)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", folder, service);
    return path;
}

static void on_asked(void *arg, const zframe_t *peer, const void *message)
{
    (void)peer;
    (void)message;
    ((struct scene *)arg)->asked++;
}

static const struct handler handlers[] = {
    {MESSAGE_health_get, on_asked},
    {MESSAGE_COUNT, NULL},
};

static int on_readable(zloop_t *loop, zsock_t *sock, void *arg)
{
    (void)loop;
    while (bus_dispatch(sock, handlers, arg))
        ;
    return 0;
}

static void read_guard(const char *service)
{
    assert_int_equal(guard_read(service, folder_of(service), stderr), 0);
}

static void free_address(void)
{
    zsock_t *sock = zsock_new(ZMQ_PULL);
    int port = zsock_bind(sock, "tcp://127.0.0.1:*");

    assert_true(port > 0);
    snprintf(address, sizeof(address), "tcp://127.0.0.1:%d", port);
    zsock_unbind(sock, "%s", address);
    zsock_destroy(&sock);
}

static int open_scene(void **state)
{
    struct scene *self = calloc(1, sizeof(*self));

    self->loop = zloop_new();
    free_address();
    endpoints.health = address;
    read_guard("health");
    watch_start(self->loop);
    while (guard_open(self->loop) == -1) /* libzmq frees an address some time after the socket */
        poll(NULL, 0, 5);
    while (!(self->router = bus_open(ZMQ_ROUTER, BUS_BIND, address)))
        poll(NULL, 0, 5);
    zloop_reader(self->loop, self->router, on_readable, self);
    *state = self;
    return 0;
}

static int close_scene(void **state)
{
    struct scene *self = *state;

    zloop_reader_end(self->loop, self->router);
    zsock_destroy(&self->router);
    guard_close();
    watch_stop();
    zloop_destroy(&self->loop);
    free(self);
    return 0;
}

static int on_pause(zloop_t *loop, int timer_id, void *arg)
{
    (void)loop;
    (void)timer_id;
    (void)arg;
    return -1; /* ends the loop, so that the test looks again */
}

static void turn(struct scene *self)
{
    zloop_timer(self->loop, 5, 1, on_pause, NULL);
    zloop_start(self->loop);
}

static void wait_counted(struct scene *self, const char *sample, int64_t value)
{
    int64_t end = clock_monotonic_ms() + WAIT_MS;

    while (metric_value(sample) < value) {
        assert_true(clock_monotonic_ms() < end);
        turn(self);
    }
}

static void wait_asked(struct scene *self)
{
    int64_t end = clock_monotonic_ms() + WAIT_MS;

    while (!self->asked) {
        assert_true(clock_monotonic_ms() < end);
        turn(self);
    }
}

/* A question that waits in the socket until somebody lets it in. */
static void ask(zsock_t *sock)
{
    struct health_get get = {0};

    uuid_make(get.request_id);
    zsock_set_linger(sock, 0);
    assert_int_equal(zsock_connect(sock, "%s", address), 0);
    assert_int_equal(bus_send(sock, NULL, MESSAGE_health_get, &get), 0);
}

static zsock_t *come_with(const char *public_key, const char *secret_key, const char *server_key)
{
    zsock_t *sock = zsock_new(ZMQ_DEALER);

    zsock_set_curve_publickey(sock, public_key);
    zsock_set_curve_secretkey(sock, secret_key);
    zsock_set_curve_serverkey(sock, server_key);
    ask(sock);
    return sock;
}

static void read_keys(struct keyring *keys, enum peer service)
{
    assert_int_equal(keyring_read(keys, folder_of(peer_names[service]), service, stderr), 0);
}

/* Comes as a service would. */
static zsock_t *come_as(enum peer service)
{
    struct keyring keys, health;

    read_keys(&keys, service);
    read_keys(&health, PEER_HEALTH);
    return come_with(keys.public_key, keys.secret_key, health.public_key);
}

static void who_may_ask_is_let_in(void **state)
{
    static const enum peer welcome[] = {PEER_REST_INGRESS, PEER_SSE_GATEWAY};
    struct scene *scene = *state;
    int64_t refused = metric_value(keys_refused);

    for (size_t i = 0; i < sizeof(welcome) / sizeof(*welcome); i++) {
        scene->asked = 0;
        zsock_t *sock = come_as(welcome[i]);
        wait_asked(scene);
        zsock_destroy(&sock);
    }
    assert_int_equal(metric_value(keys_refused), refused);
}

static void a_service_with_no_business_on_this_socket_is_refused(void **state)
{
    static const enum peer strangers[] = {PEER_CHAT_STATE, PEER_WAITING_TIME, PEER_HEALTH};
    struct scene *scene = *state;

    for (size_t i = 0; i < sizeof(strangers) / sizeof(*strangers); i++) {
        int64_t refused = metric_value(keys_refused);
        zsock_t *sock = come_as(strangers[i]);
        wait_counted(scene, keys_refused, refused + 1);
        zsock_destroy(&sock);
    }
    assert_int_equal(scene->asked, 0);
}

static void a_key_that_nobody_made_is_refused(void **state)
{
    struct scene *scene = *state;
    struct keyring health;
    char public_key[KEY_SIZE], secret_key[KEY_SIZE];
    int64_t refused = metric_value(keys_refused);

    read_keys(&health, PEER_HEALTH);
    zmq_curve_keypair(public_key, secret_key);
    zsock_t *sock = come_with(public_key, secret_key, health.public_key);
    wait_counted(scene, keys_refused, refused + 1);
    zsock_destroy(&sock);
    assert_int_equal(scene->asked, 0);
}

static void the_public_key_of_a_service_is_not_enough(void **state)
{
    struct scene *scene = *state;
    struct keyring ingress, health;
    char public_key[KEY_SIZE], secret_key[KEY_SIZE];
    int64_t failed = metric_value(handshakes_failed);

    read_keys(&ingress, PEER_REST_INGRESS);
    read_keys(&health, PEER_HEALTH);
    zmq_curve_keypair(public_key, secret_key);
    zsock_t *sock = come_with(ingress.public_key, secret_key, health.public_key);
    wait_counted(scene, handshakes_failed, failed + 1);
    zsock_destroy(&sock);
    assert_int_equal(scene->asked, 0);
}

static void who_expects_another_server_does_not_speak_to_this_one(void **state)
{
    struct scene *scene = *state;
    struct keyring ingress;
    char public_key[KEY_SIZE], secret_key[KEY_SIZE];
    int64_t failed = metric_value(handshakes_failed);

    read_keys(&ingress, PEER_REST_INGRESS);
    zmq_curve_keypair(public_key, secret_key);
    zsock_t *sock = come_with(ingress.public_key, ingress.secret_key, public_key);
    wait_counted(scene, handshakes_failed, failed + 1);
    zsock_destroy(&sock);
    assert_int_equal(scene->asked, 0);
}

static void who_has_no_key_is_refused(void **state)
{
    struct scene *scene = *state;
    int64_t failed = metric_value(handshakes_failed);
    zsock_t *sock = zsock_new(ZMQ_DEALER);

    ask(sock);
    wait_counted(scene, handshakes_failed, failed + 1);
    zsock_destroy(&sock);
    assert_int_equal(scene->asked, 0);
}

static void fill(unsigned char *bytes, size_t size, unsigned *seed)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(rand_r(seed) >> 8);
}

/* Some of it gets past the greeting: a signature, a version, CURVE. */
static void garbage_is_shown_out_and_harms_nobody(void **state)
{
    enum { ROUNDS = 200 };
    static const unsigned char greeting[64] = {0xff, [9] = 0x7f, [10] = 3, 1,  'C',
                                               'U',  'R',        'V',      'E'};
    static const unsigned char hello[] = {4, 200, 5, 'H', 'E', 'L', 'L', 'O', 1, 0};
    struct scene *scene = *state;
    unsigned char bytes[512];
    unsigned seed = 1;

    for (int i = 0; i < ROUNDS; i++) {
        int fd = raw_connect(address);
        if (i % 4)
            raw_send(fd, greeting, i % 4 == 1 ? (size_t)(rand_r(&seed) % 64) : sizeof(greeting));
        if (i % 4 == 3)
            raw_send(fd, hello, sizeof(hello));
        fill(bytes, sizeof(bytes), &seed);
        raw_send(fd, bytes, 1 + (size_t)rand_r(&seed) % sizeof(bytes));
        shutdown(fd, SHUT_WR);
        int64_t end = clock_monotonic_ms() + WAIT_MS;
        while (raw_wait_closed(fd, 1) == -1) {
            assert_true(clock_monotonic_ms() < end);
            turn(scene);
        }
        close(fd);
    }
    zsock_t *sock = come_as(PEER_REST_INGRESS);
    wait_asked(scene);
    assert_int_equal(scene->asked, 1);
    zsock_destroy(&sock);
}

static void nothing_is_opened_where_a_service_has_no_business(void **state)
{
    static char commands[] = "tcp://127.0.0.1:1";

    (void)state;
    endpoints.commands = commands; /* health neither binds nor asks there */
    assert_null(bus_open(ZMQ_ROUTER, BUS_BIND, commands));
    assert_null(bus_open(ZMQ_DEALER, BUS_CONNECT, commands));
    assert_null(bus_open(ZMQ_PULL, BUS_BIND, "tcp://127.0.0.1:*")); /* no such setting */
    endpoints.commands = NULL;
}

static void a_service_with_keys_is_let_in_by_one_with_keys(void **state)
{
    struct scene *scene = *state;
    static char beats[64];

    snprintf(beats, sizeof(beats), "ipc://%s/beats,%s", folder, "tcp://127.0.0.1:*");
    endpoints.heartbeats = beats;
    zsock_t *pull = bus_open(ZMQ_PULL, BUS_BIND, beats);
    static char there[64];
    snprintf(there, sizeof(there), "%s", zsock_endpoint(pull));
    endpoints.heartbeats = there;
    zsock_t *push = bus_open(ZMQ_PUSH, BUS_CONNECT, there); /* to itself: health beats, too */
    int64_t end = clock_monotonic_ms() + WAIT_MS;
    while (!(zsock_events(push) & ZMQ_POLLOUT)) {
        assert_true(clock_monotonic_ms() < end);
        turn(scene);
    }
    zsock_destroy(&push);
    zsock_destroy(&pull);
    endpoints.heartbeats = NULL;
}

/* ---- the settings ---- */

static void complaints_of(const char *service, const char *where, char *text, size_t size)
{
    FILE *complaints = fmemopen(text, size, "w");
    int rc = guard_read(service, where, complaints);

    fclose(complaints);
    assert_int_equal(rc, *text ? -1 : 0);
    guard_close();
}

static void an_address_beyond_this_machine_needs_keys(void **state)
{
    static const struct {
        const char *endpoint;
        bool is_fine;
    } cases[] = {
        {"ipc://run/commands", true},
        {"inproc://commands", true},
        {"tcp://127.0.0.1:5571", true},
        {"tcp://127.9.9.9:5571", true},
        {"tcp://localhost:5571", true},
        {"tcp://[::1]:5571", true},
        {"ipc://run/commands,tcp://127.0.0.1:1", true},
        {"tcp://*:5571", false},
        {"tcp://0.0.0.0:5571", false},
        {"tcp://chat-state:5571", false},
        {"tcp://localhost.example.ee:5571", false},
        {"tcp://127.0.0.1:1,tcp://10.0.0.1:1", false},
        {"ipc://run/commands,>tcp://10.0.0.1:1", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char said[512] = "";
        endpoints = (struct endpoints){"", "", "", "", "", "", ""};
        endpoints.commands = cases[i].endpoint;
        complaints_of("chat-state", "", said, sizeof(said));
        if (cases[i].is_fine == (*said != '\0'))
            fail_msg("%s: %s", cases[i].endpoint, said);
        assert_true(cases[i].is_fine || strstr(said, "KRATT_COMMANDS"));
        *said = '\0';
        complaints_of("health", "", said, sizeof(said)); /* does not care where it is */
        assert_string_equal(said, "");
    }
    memset(&endpoints, 0, sizeof(endpoints));
}

static void a_folder_without_keys_is_told(void **state)
{
    char said[1024] = "";

    (void)state;
    complaints_of("health", "/nowhere", said, sizeof(said));
    assert_non_null(strstr(said, "/nowhere/secret cannot be read"));
    assert_non_null(strstr(said, "/nowhere/rest-ingress.public cannot be read"));
    *said = '\0';
    complaints_of("test", folder_of("health"), said, sizeof(said));
    assert_non_null(strstr(said, "no keys for a service test"));
}

static int make_keys(void **state)
{
    (void)state;
    log_open("test", LOG_ERR - 1);
    return mkdtemp(folder) && program_wait(program_start(KEYS, folder, -1)) == 0 ? 0 : -1;
}

static int remove_keys(void **state)
{
    (void)state;
    zsys_shutdown();
    zdir_t *files = zdir_new(folder, NULL);
    zdir_remove(files, true);
    zdir_destroy(&files);
    return access(folder, F_OK) == -1 ? 0 : -1;
}

#define scene_test(name) cmocka_unit_test_setup_teardown(name, open_scene, close_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_beyond_this_machine_needs_keys),
        cmocka_unit_test(a_folder_without_keys_is_told),
        scene_test(who_may_ask_is_let_in),
        scene_test(a_service_with_no_business_on_this_socket_is_refused),
        scene_test(a_key_that_nobody_made_is_refused),
        scene_test(the_public_key_of_a_service_is_not_enough),
        scene_test(who_expects_another_server_does_not_speak_to_this_one),
        scene_test(who_has_no_key_is_refused),
        scene_test(garbage_is_shown_out_and_harms_nobody),
        scene_test(nothing_is_opened_where_a_service_has_no_business),
        scene_test(a_service_with_keys_is_let_in_by_one_with_keys),
    };
    return cmocka_run_group_tests(tests, make_keys, remove_keys);
}
