/* health as a program; the test beats as its neighbours would. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"
#include "program.h"
#include "uuid.h"

enum { PATIENCE_MS = 20000, ASKED = 20 };

static struct {
    zsock_t *push, *sub, *dealer;
    char picture[200]; /* published last: "1.0 1.0 1.0 - | 1.0 - - 0.1.0 -" */
    int count;         /* of those published */
    char answer[200];
    bool answered;
    char ingress[UUID_SIZE], state[UUID_SIZE];
} heard;

static pid_t program;

static void draw(const struct health *health, char *picture, size_t size)
{
    size_t used = 0;
    const struct component_list *const lists[] = {&health->components, &health->services};

    picture[0] = '\0';
    for (int l = 0; l < 2; l++) {
        for (size_t i = 0; i < lists[l]->count; i++) {
            const char *version = lists[l]->items[i].version;
            bool is_up = version && *version;
            used += (size_t)snprintf(picture + used, size - used, "%s%s", l && i == 0 ? "| " : "",
                                     is_up ? "up " : "- ");
        }
    }
}

static void on_published(void *self, const zframe_t *peer, const void *message)
{
    (void)self;
    (void)peer;
    draw(message, heard.picture, sizeof(heard.picture));
    heard.count++;
}

static void on_answered(void *self, const zframe_t *peer, const void *message)
{
    (void)self;
    (void)peer;
    draw(message, heard.answer, sizeof(heard.answer));
    heard.answered = true;
}

static const struct handler heard_handlers[] = {{MESSAGE_health, on_published}, {0, NULL}};
static const struct handler answer_handlers[] = {{MESSAGE_health, on_answered}, {0, NULL}};

static void turn(int timeout_ms)
{
    zsock_t *const socks[] = {heard.sub, heard.dealer, NULL};

    program_poll(socks, timeout_ms);
    while (bus_dispatch(heard.sub, heard_handlers, NULL))
        ;
    while (bus_dispatch(heard.dealer, answer_handlers, NULL))
        ;
}

/* One heartbeat; works names what the process stands for. */
static void beat(const char *service, const char *instance, const char *works, bool stopping)
{
    struct service_alive alive = {.ready = !stopping, .stopping = stopping};
    static const char *const names[] = {"TIM", "RUUTER", "DMAPPER", "RESQL"};

    memcpy(alive.instance, instance, UUID_SIZE);
    alive.service = own_copy(service);
    alive.version = own_copy("1.0");
    for (int i = 0; i < 4; i++) {
        if (!strstr(works, names[i]))
            continue;
        struct component *component =
            list_append((struct list *)&alive.components, &message_types[MESSAGE_component]);
        component->name = own_copy(names[i]);
        component->version = own_copy("1.0");
    }
    while (bus_send(heard.push, NULL, MESSAGE_service_alive, &alive) == -1)
        turn(20); /* it is not connected yet */
    message_clear(&message_types[MESSAGE_service_alive], &alive);
}

static void beat_ingress(void)
{
    beat("rest-ingress", heard.ingress, "TIM RUUTER DMAPPER", false);
}

static void beat_state(void)
{
    beat("chat-state", heard.state, "RESQL", false);
}

/* Waits until this picture is published, while both processes, or one of
 * them, beat four times a second. Returns how long that took. */
static int64_t await(const char *picture, bool ingress, bool state)
{
    int64_t start = clock_monotonic_ms();

    while (strcmp(heard.picture, picture) != 0) {
        if (clock_monotonic_ms() - start > PATIENCE_MS)
            fail_msg("got %s, want %s", heard.picture, picture);
        if (ingress)
            beat_ingress();
        if (state)
            beat_state();
        turn(250);
    }
    return clock_monotonic_ms() - start;
}

static const char all_up[] = "up up up up | up up - up - ";

static int set_up(void **state)
{
    (void)state;
    memset(&heard, 0, sizeof(heard));
    program_bus_open();
    uuid_make(heard.ingress);
    uuid_make(heard.state);
    heard.push = bus_open(ZMQ_PUSH, BUS_CONNECT, endpoints.heartbeats);
    heard.sub = bus_open(ZMQ_SUB, BUS_CONNECT, endpoints.health_events);
    heard.dealer = bus_open(ZMQ_DEALER, BUS_CONNECT, endpoints.health);
    bus_subscribe(heard.sub, MESSAGE_health);
    program = program_start(PROGRAM, NULL, -1);
    await(all_up, true, true);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    int status = program_end(program);
    zsock_destroy(&heard.push);
    zsock_destroy(&heard.sub);
    zsock_destroy(&heard.dealer);
    program_bus_close();
    return status; /* SIGTERM ends it cleanly */
}

static void silence_is_published_within_three_seconds(void **state)
{
    (void)state;
    beat_ingress(); /* its last one */
    assert_in_range(await("- - - up | - up - up - ", false, true), 0, 3000);
    assert_in_range(await(all_up, true, true), 0, 1000);
    beat_state();
    assert_in_range(await("up up up - | up - - up - ", true, false), 0, 3000);
}

static void a_last_word_is_published_at_once(void **state)
{
    (void)state;
    beat("rest-ingress", heard.ingress, "TIM RUUTER DMAPPER", true);
    assert_in_range(await("- - - up | - up - up - ", false, true), 0, 1000);
}

static void one_broken_component_is_published_alone(void **state)
{
    (void)state;
    beat("rest-ingress", heard.ingress, "TIM DMAPPER", false);
    assert_in_range(await("up - up up | up up - up - ", false, true), 0, 1000);
}

static int by_size(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a;
    int64_t two = *(const int64_t *)b;

    return (one > two) - (one < two);
}

/* The median of some, as the machine may be busy with other tests. */
static void an_answer_takes_no_time_whatever_is_down(void **state)
{
    int64_t took[ASKED];

    (void)state;
    beat("rest-ingress", heard.ingress, "", true);
    await("- - - up | - up - up - ", false, true);
    for (int i = 0; i < ASKED; i++) {
        struct health_get question = {0};
        int64_t start = clock_monotonic_ms();
        uuid_make(question.request_id);
        heard.answered = false;
        assert_int_equal(bus_send(heard.dealer, NULL, MESSAGE_health_get, &question), 0);
        while (!heard.answered && clock_monotonic_ms() - start < PATIENCE_MS)
            turn(100);
        took[i] = clock_monotonic_ms() - start;
        beat_state();
    }
    assert_string_equal(heard.answer, "- - - up | - up - up - ");
    qsort(took, ASKED, sizeof(took[0]), by_size);
    assert_in_range(took[ASKED / 2], 0, 100);
}

static void a_newcomer_hears_it_within_a_second(void **state)
{
    (void)state;
    zsock_destroy(&heard.sub);
    heard.sub = bus_open(ZMQ_SUB, BUS_CONNECT, endpoints.health_events);
    bus_subscribe(heard.sub, MESSAGE_health);
    heard.picture[0] = '\0';
    assert_in_range(await(all_up, true, true), 0, 2000);
}

/* Nobody beat yet: what looks like a fault is only its own youth. */
static void a_restart_raises_no_alarm(void **state)
{
    (void)state;
    assert_int_equal(program_end(program), 0);
    heard.count = 0;
    heard.picture[0] = '\0';
    program = program_start(PROGRAM, NULL, -1);
    beat_ingress();
    beat_state();
    while (heard.count == 0)
        turn(100);
    assert_string_equal(heard.picture, all_up);
}

static void help_names_the_settings_and_version_the_version(void **state)
{
    char text[8192];

    (void)state;
    program_says(PROGRAM, "--help", text, sizeof(text));
    assert_non_null(strstr(text, "KRATT_HEALTH_TIMEOUT_MS"));
    program_says(PROGRAM, "--version", text, sizeof(text));
    assert_non_null(strstr(text, KRATT_VERSION));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(silence_is_published_within_three_seconds, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_last_word_is_published_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_broken_component_is_published_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_answer_takes_no_time_whatever_is_down, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_newcomer_hears_it_within_a_second, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_restart_raises_no_alarm, set_up, tear_down),
        cmocka_unit_test(help_names_the_settings_and_version_the_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
