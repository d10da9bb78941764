#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "own.h"
#include "test.h"

enum { CHATS = 60, WINDOW = 20, STEPS = 5000 };

static struct chat chats[CHATS];
static int64_t waits[STEPS + CHATS]; /* all there were, oldest first */
static size_t wait_count;
static int64_t now;
static unsigned seed;

static unsigned any(unsigned below)
{
    seed = seed * 1103515245 + 12345;
    return seed / 65536 % below;
}

static void set_up_chats(void)
{
    memset(chats, 0, sizeof(chats));
    wait_count = 0;
    now = 1000000;
    seed = 42;
    for (int i = 0; i < CHATS; i++) {
        snprintf(chats[i].id, UUID_SIZE, "00000000-0000-4000-8000-%012x", i * 7919 % 997);
        chats[i].created = 1;
        chats[i].ended = 1;
        chats[i].customer_support_id = own_copy("");
        chats[i].status = own_copy("ENDED");
    }
}

static void tear_down_chats(void)
{
    for (int i = 0; i < CHATS; i++)
        message_clear(&message_types[MESSAGE_chat], &chats[i]);
}

static bool is_waiting(const struct chat *chat)
{
    return chat->ended == 0 && *chat->customer_support_id == '\0';
}

static void change(struct chat *chat, const char *agent, int64_t created, int64_t ended)
{
    if (is_waiting(chat) && *agent && !chat->was_with_bot)
        waits[wait_count++] = now - chat->created;
    own_replace(&chat->customer_support_id, agent);
    chat->updated = now;
    chat->was_with_bot = chat->was_with_bot && chat->created == created;
    chat->created = created;
    chat->ended = ended;
}

/* Opens, claims, hands on, gives back or ends a chat, or takes it from a bot. */
static void any_change(struct chat *chat)
{
    now += any(3000);
    if (chat->ended)
        change(chat, any(8) ? "" : "bot", now, 0);
    else if (any(3) == 0)
        change(chat, chat->customer_support_id, chat->created, now);
    else if (strcmp(chat->customer_support_id, "bot") == 0) {
        change(chat, "", chat->created, 0);
        chat->was_with_bot = true;
    } else if (*chat->customer_support_id && any(3) == 0)
        change(chat, "", now, 0);
    else
        change(chat, any(2) ? "EE49003106521" : "EE38001085718", chat->created, 0);
}

static bool apply(struct model *model, const struct chat *chat, bool has_waits)
{
    struct event event = {.at = now};

    message_copy(&message_types[MESSAGE_chat],
                 list_append((struct list *)&event.chat, &message_types[MESSAGE_chat]), chat);
    bool changed = model_apply(model, &event, has_waits);
    message_clear(&message_types[MESSAGE_event], &event);
    return changed;
}

/* What a waiting-time that starts now makes of what is stored. */
static struct model *model_anew(void)
{
    struct model *model = model_new(WINDOW, CHATS);
    struct wait_list list = {0};

    for (int i = 0; i < CHATS; i++) {
        if (chats[i].ended == 0)
            model_take_chat(model, &chats[i]);
    }
    for (size_t i = wait_count; i > 0 && list.count < WINDOW; i--) {
        struct wait *wait = list_append((struct list *)&list, &message_types[MESSAGE_wait]);
        wait->milliseconds = waits[i - 1];
    }
    model_take_waits(model, &list);
    free(list.items);
    return model;
}

static void assert_same(const struct model *one, const struct model *two)
{
    struct waiting a = {0}, b = {0};

    model_fill_all(one, &a);
    model_fill_all(two, &b);
    assert_int_equal(a.seconds, b.seconds);
    assert_int_equal(a.places.count, b.places.count);
    for (size_t i = 0; i < a.places.count; i++) {
        assert_string_equal(a.places.items[i].chat_id, b.places.items[i].chat_id);
        assert_int_equal(a.places.items[i].position, i + 1);
        assert_int_equal(b.places.items[i].position, i + 1);
        assert_int_equal(a.places.items[i].seconds, b.places.items[i].seconds);
    }
    message_clear(&message_types[MESSAGE_waiting], &a);
    message_clear(&message_types[MESSAGE_waiting], &b);
}

static void a_restart_at_any_moment_gives_equal_values(void **state)
{
    (void)state;
    set_up_chats();
    struct model *model = model_new(WINDOW, CHATS);
    for (int i = 0; i < STEPS; i++) {
        struct chat *chat = &chats[any(CHATS)];
        any_change(chat);
        apply(model, chat, false);
        if (i % 17 == 0) {
            struct model *again = model_anew();
            assert_same(model, again);
            model_destroy(&again);
        }
    }
    assert_true(wait_count > WINDOW);
    model_destroy(&model);
    tear_down_chats();
}

static void an_event_that_changes_no_place_is_no_change(void **state)
{
    (void)state;
    set_up_chats();
    struct model *model = model_new(WINDOW, CHATS);
    change(&chats[0], "", now, 0);
    assert_true(apply(model, &chats[0], false));
    assert_false(apply(model, &chats[0], false)); /* a message in it, say */
    change(&chats[1], "bot", now, 0);
    assert_false(apply(model, &chats[1], false));
    struct event no_chat = {.at = now};
    assert_false(model_apply(model, &no_chat, false));
    assert_int_equal(model_size(model), 1);
    model_destroy(&model);
    tear_down_chats();
}

static void a_wait_is_counted_once_and_only_for_an_agent(void **state)
{
    (void)state;
    set_up_chats();
    struct model *model = model_new(WINDOW, CHATS);
    change(&chats[0], "", now, 0);
    change(&chats[1], "", now, 0);
    change(&chats[2], "", now, 0);
    for (int i = 0; i < 3; i++)
        apply(model, &chats[i], false);
    now += 5000;
    change(&chats[0], "", chats[0].created, now); /* the end user left */
    apply(model, &chats[0], false);
    assert_int_equal(model_seconds(model), 0);
    now += 5000;
    change(&chats[1], "EE49003106521", chats[1].created, 0);
    apply(model, &chats[1], true); /* the waits that were read knew it */
    assert_int_equal(model_seconds(model), 0);
    now += 5000;
    change(&chats[2], "EE49003106521", chats[2].created, 0);
    apply(model, &chats[2], false);
    apply(model, &chats[2], false);
    assert_int_equal(model_seconds(model), 15);
    model_destroy(&model);
    tear_down_chats();
}

/* The worked example of the samples: 100 seconds a place, 300 at place 3. */
static void the_samples_of_the_event_list_come_out(void **state)
{
    struct wait wait = {.milliseconds = 100000};
    const struct wait_list history = {&wait, 1};
    struct waiting general = {0}, third = {0};

    (void)state;
    set_up_chats();
    struct model *model = model_new(WINDOW, CHATS);
    model_take_waits(model, &history);
    for (int i = 0; i < 3; i++) {
        change(&chats[i], "", now++, 0);
        apply(model, &chats[i], false);
    }
    model_fill_one(model, "", &general);
    model_fill_one(model, chats[2].id, &third);
    assert_int_equal(general.seconds, 100);
    assert_int_equal(general.places.count, 0);
    assert_int_equal(third.places.count, 1);
    assert_int_equal(third.places.items[0].position, 3);
    assert_int_equal(third.places.items[0].seconds, 300);
    message_clear(&message_types[MESSAGE_waiting], &third);
    model_destroy(&model);
    tear_down_chats();
}

static void a_chat_beyond_the_limit_is_refused_and_counted(void **state)
{
    (void)state;
    set_up_chats();
    struct model *model = model_new(WINDOW, 2);
    for (int i = 0; i < 3; i++) {
        change(&chats[i], "", now, 0);
        apply(model, &chats[i], false);
    }
    assert_int_equal(model_size(model), 2);
    assert_int_equal(model_refused(model), 1);
    model_destroy(&model);
    tear_down_chats();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_at_any_moment_gives_equal_values),
        cmocka_unit_test(an_event_that_changes_no_place_is_no_change),
        cmocka_unit_test(a_wait_is_counted_once_and_only_for_an_agent),
        cmocka_unit_test(the_samples_of_the_event_list_come_out),
        cmocka_unit_test(a_chat_beyond_the_limit_is_refused_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
