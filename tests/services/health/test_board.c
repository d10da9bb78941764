#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "own.h"
#include "test.h"

enum { LIMIT = 4, TIMEOUT_MS = 2000 };

static const char *const component_names[] = {"TIM", "RUUTER", "DMAPPER", "RESQL"};
static const char *const service_names[] = {"rest-ingress", "chat-state", "waiting-time", "health",
                                            "sse-gateway"};

enum { COMPONENTS = 4, SERVICES = 5 };

/* One heartbeat. works is a list such as "TIM RUUTER", broken likewise. */
struct beat {
    const char *service;
    int instance;
    const char *version;
    const char *works, *broken;
    bool not_ready, stopping;
};

static void add_components(struct service_alive *alive, const char *names, const char *version)
{
    for (int i = 0; names && i < COMPONENTS; i++) {
        if (!strstr(names, component_names[i]))
            continue;
        struct component *component =
            list_append((struct list *)&alive->components, &message_types[MESSAGE_component]);
        component->name = own_copy(component_names[i]);
        component->version = own_copy(version);
    }
}

static int beat(struct board *board, struct beat beat, int64_t now)
{
    struct service_alive alive = {.ready = !beat.not_ready, .stopping = beat.stopping};

    alive.service = own_copy(beat.service);
    alive.version = own_copy(beat.version);
    snprintf(alive.instance, UUID_SIZE, "00000000-0000-4000-8000-%012d", beat.instance);
    add_components(&alive, beat.works, beat.version);
    add_components(&alive, beat.broken, "");
    int result = board_beat(board, &alive, now);
    message_clear(&message_types[MESSAGE_service_alive], &alive);
    return result;
}

/* The versions, '-' for none: "1.0 1.0 1.0 - | 1.0 - - - -". */
static void draw(const struct board *board, char *picture, size_t size)
{
    struct health health = {0};
    int used = 0;

    board_fill(board, &health);
    assert_int_equal(health.components.count, COMPONENTS);
    assert_int_equal(health.services.count, SERVICES);
    for (int i = 0; i < COMPONENTS; i++)
        assert_string_equal(health.components.items[i].name, component_names[i]);
    for (int i = 0; i < SERVICES; i++)
        assert_string_equal(health.services.items[i].name, service_names[i]);
    for (int i = 0; i < COMPONENTS + SERVICES; i++) {
        const struct component *c =
            i < COMPONENTS ? &health.components.items[i] : &health.services.items[i - COMPONENTS];
        used += snprintf(picture + used, size - (size_t)used, "%s%s%s", i ? " " : "",
                         i == COMPONENTS ? "| " : "", *c->version ? c->version : "-");
    }
    message_clear(&message_types[MESSAGE_health], &health);
}

static void assert_picture(const struct board *board, const char *want)
{
    char picture[200];

    draw(board, picture, sizeof(picture));
    assert_string_equal(picture, want);
}

static const struct beat ingress = {"rest-ingress", 1,    "1.0", "TIM RUUTER DMAPPER", "",
                                    false,          false};
static const struct beat state = {"chat-state", 2, "1.0", "RESQL", "", false, false};

static void an_empty_board_has_the_whole_list_without_versions(void **context)
{
    struct board *board = board_new(LIMIT, TIMEOUT_MS, 0);

    (void)context;
    assert_picture(board, "- - - - | - - - - -");
    board_destroy(&board);
    assert_null(board);
}

static void a_process_is_gone_when_it_falls_silent(void **context)
{
    struct board *board = board_new(LIMIT, TIMEOUT_MS, 0);

    (void)context;
    assert_int_equal(beat(board, ingress, 1000), 0);
    assert_int_equal(beat(board, state, 1500), 0);
    assert_picture(board, "1.0 1.0 1.0 1.0 | 1.0 1.0 - - -");
    board_expire(board, 2999, NULL);
    assert_picture(board, "1.0 1.0 1.0 1.0 | 1.0 1.0 - - -");
    board_expire(board, 3000, NULL);
    assert_picture(board, "- - - 1.0 | - 1.0 - - -");
    assert_int_equal(board_components_up(board), 1);
    beat(board, ingress, 3100);
    assert_picture(board, "1.0 1.0 1.0 1.0 | 1.0 1.0 - - -");
    board_destroy(&board);
}

static void a_last_word_counts_at_once(void **context)
{
    struct board *board = board_new(LIMIT, TIMEOUT_MS, 0);
    struct beat last = ingress;

    (void)context;
    beat(board, ingress, 1000);
    last.stopping = true;
    beat(board, last, 1001);
    assert_picture(board, "- - - - | - - - - -");
    assert_int_equal(board_instances(board), 0);
    beat(board, last, 1002); /* of one that nobody knows */
    assert_int_equal(board_instances(board), 0);
    board_destroy(&board);
}

static void a_broken_component_is_down_alone(void **context)
{
    struct board *board = board_new(LIMIT, TIMEOUT_MS, 0);
    struct beat broken = ingress;

    (void)context;
    beat(board, state, 0);
    for (size_t i = 0; i < 3; i++) {
        char want[] = "1.0 1.0 1.0 1.0 | 1.0 1.0 - - -";
        broken.broken = component_names[i];
        broken.works = i == 0 ? "RUUTER DMAPPER" : i == 1 ? "TIM DMAPPER" : "TIM RUUTER";
        beat(board, broken, 0);
        memmove(want + i * 4 + 1, want + i * 4 + 3, strlen(want + i * 4 + 3) + 1);
        want[i * 4] = '-';
        assert_picture(board, want);
    }
    board_destroy(&board);
}

static void one_that_works_is_enough(void **context)
{
    struct board *board = board_new(LIMIT, TIMEOUT_MS, 0);
    struct beat second = ingress;

    (void)context;
    second.instance = 3;
    second.works = "";
    second.broken = "TIM RUUTER DMAPPER";
    second.version = "2.0";
    beat(board, second, 0);
    beat(board, ingress, 0);
    assert_picture(board, "1.0 1.0 1.0 - | 2.0 - - - -");
    second.works = ingress.works;
    beat(board, second, 0);
    assert_picture(board, "2.0 2.0 2.0 - | 2.0 - - - -"); /* the one that came first */
    second.stopping = true;
    beat(board, second, 0);
    assert_picture(board, "1.0 1.0 1.0 - | 1.0 - - - -");
    board_destroy(&board);
}

static void a_process_that_is_not_ready_is_no_service(void **context)
{
    struct board *board = board_new(LIMIT, TIMEOUT_MS, 0);
    struct beat early = state;

    (void)context;
    early.not_ready = true;
    beat(board, early, 0);
    assert_picture(board, "- - - 1.0 | - - - - -");
    beat(board, state, 1);
    assert_picture(board, "- - - 1.0 | - 1.0 - - -");
    board_destroy(&board);
}

static void a_full_board_refuses_a_newcomer_until_one_is_gone(void **context)
{
    struct board *board = board_new(LIMIT, TIMEOUT_MS, 0);
    struct beat any = {"sse-gateway", 0, "1.0", "", "", false, false};

    (void)context;
    for (any.instance = 0; any.instance < LIMIT; any.instance++)
        assert_int_equal(beat(board, any, any.instance), 0);
    assert_int_equal(beat(board, any, 1000), -1);
    any.instance = 1;
    assert_int_equal(beat(board, any, 1000), 0);
    board_expire(board, TIMEOUT_MS, NULL);
    any.instance = LIMIT;
    assert_int_equal(beat(board, any, TIMEOUT_MS), 0);
    assert_int_equal(board_instances(board), LIMIT);
    board_destroy(&board);
}

static void the_picture_is_believed_once_all_had_time_to_speak(void **context)
{
    struct board *board = board_new(SERVICES, TIMEOUT_MS, 5000);
    struct beat any = {NULL, 0, "1.0", "TIM RUUTER DMAPPER RESQL", "", false, false};

    (void)context;
    assert_false(board_is_settled(board, 5000));
    assert_false(board_is_settled(board, 6499));
    assert_true(board_is_settled(board, 6500));
    for (any.instance = 0; any.instance < SERVICES; any.instance++) {
        assert_false(board_is_settled(board, 5001));
        any.service = service_names[any.instance];
        beat(board, any, 5001);
    }
    assert_true(board_is_settled(board, 5001));
    board_destroy(&board);
}

/* Against a table of who spoke last when: any order of beats, silences and
 * ends. */
static void the_board_agrees_with_a_table(void **context)
{
    enum { IDS = 40, STEPS = 20000 };
    struct board *board = board_new(IDS, TIMEOUT_MS, 0);
    int64_t beat_at[IDS];
    int64_t now = 0;
    unsigned seed = 11;

    (void)context;
    for (int i = 0; i < IDS; i++)
        beat_at[i] = -1;
    for (int step = 0; step < STEPS; step++) {
        seed = seed * 1103515245 + 12345;
        unsigned dice = seed / 65536;
        int id = (int)(dice % IDS);
        now += dice % 101;
        struct beat any = {"health", id, "1.0", "", "", false, dice % 7 == 0};
        beat(board, any, now);
        beat_at[id] = any.stopping ? -1 : now;
        board_expire(board, now, NULL);
        size_t alive = 0;
        for (int i = 0; i < IDS; i++)
            alive += beat_at[i] >= 0 && now - beat_at[i] < TIMEOUT_MS;
        assert_int_equal(board_instances(board), alive);
        assert_picture(board, alive ? "- - - - | - - - 1.0 -" : "- - - - | - - - - -");
    }
    board_destroy(&board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_board_has_the_whole_list_without_versions),
        cmocka_unit_test(a_process_is_gone_when_it_falls_silent),
        cmocka_unit_test(a_last_word_counts_at_once),
        cmocka_unit_test(a_broken_component_is_down_alone),
        cmocka_unit_test(one_that_works_is_enough),
        cmocka_unit_test(a_process_that_is_not_ready_is_no_service),
        cmocka_unit_test(a_full_board_refuses_a_newcomer_until_one_is_gone),
        cmocka_unit_test(the_picture_is_believed_once_all_had_time_to_speak),
        cmocka_unit_test(the_board_agrees_with_a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
