#include <stdio.h>
#include <string.h>

#include "replica.h"
#include "test.h"

static char open_status[] = "OPEN", ended_status[] = "ENDED";

static struct chat chat(int number, int64_t seq, int64_t created, int64_t ended)
{
    struct chat chat = {.seq = seq, .created = created, .updated = created, .ended = ended};

    chat.status = ended ? ended_status : open_status;
    snprintf(chat.id, sizeof(chat.id), "00000000-0000-4000-8000-%012d", number);
    return chat;
}

static enum replica_change put(struct replica *replica, struct chat chat, int64_t now)
{
    return replica_put(replica, &chat, now);
}

static void only_what_is_newer_changes_a_chat(void **state)
{
    (void)state;
    struct replica *replica = replica_new();
    int64_t ended_at;

    assert_int_equal(put(replica, chat(1, 5, 100, 0), 0), REPLICA_CHANGED);
    assert_int_equal(put(replica, chat(1, 5, 100, 0), 0), REPLICA_SAME);
    assert_int_equal(put(replica, chat(1, 4, 100, 200), 0), REPLICA_SAME);
    assert_int_equal(put(replica, chat(1, 6, 100, 0), 0), REPLICA_CHANGED);
    assert_int_equal(replica_find(replica, chat(1, 0, 0, 0).id, &ended_at)->seq, 6);
    assert_int_equal(ended_at, 0);
    assert_int_equal(replica_count(replica), 1);
    replica_destroy(&replica);
}

static void an_ended_chat_leaves_and_stays_findable_for_a_while(void **state)
{
    (void)state;
    struct replica *replica = replica_new();
    int64_t ended_at;

    put(replica, chat(1, 1, 100, 0), 0);
    assert_int_equal(put(replica, chat(1, 2, 100, 150), 5000), REPLICA_LEFT);
    assert_int_equal(put(replica, chat(1, 3, 100, 150), 6000), REPLICA_ASIDE);
    assert_int_equal(put(replica, chat(2, 4, 100, 150), 7000), REPLICA_ASIDE);
    assert_int_equal(replica_count(replica), 0);
    assert_non_null(replica_find(replica, chat(1, 0, 0, 0).id, &ended_at));
    assert_int_equal(ended_at, 5000);
    replica_forget(replica, 5000 + REPLICA_ENDED_MS - 1);
    assert_non_null(replica_find(replica, chat(1, 0, 0, 0).id, &ended_at));
    replica_forget(replica, 5000 + REPLICA_ENDED_MS);
    assert_null(replica_find(replica, chat(1, 0, 0, 0).id, &ended_at));
    assert_non_null(replica_find(replica, chat(2, 0, 0, 0).id, &ended_at));
    replica_destroy(&replica);
}

static void the_list_is_in_the_order_of_created(void **state)
{
    (void)state;
    struct replica *replica = replica_new();
    const int order[] = {2, 3, 4};

    put(replica, chat(3, 1, 200, 0), 0);
    put(replica, chat(4, 2, 200, 0), 0);
    put(replica, chat(1, 3, 150, 0), 0);
    put(replica, chat(2, 4, 100, 0), 0);
    put(replica, chat(1, 5, 150, 300), 1);
    assert_int_equal(replica_count(replica), 3);
    for (size_t i = 0; i < 3; i++) {
        struct replica_row row = replica_row(replica, i);
        assert_string_equal(row.chat->id, chat(order[i], 0, 0, 0).id);
        assert_memory_equal(row.json, "{\"id\":\"", 7);
        assert_memory_equal(row.json + 7, row.chat->id, strlen(row.chat->id));
    }
    replica_destroy(&replica);
}

static void a_row_is_written_anew_when_its_chat_changes(void **state)
{
    (void)state;
    struct replica *replica = replica_new();
    struct chat changed = chat(1, 2, 100, 0);
    char agent[] = "EE7";

    put(replica, chat(1, 1, 100, 0), 0);
    struct replica_row row = replica_row(replica, 0);
    assert_null(memmem(row.json, row.size, "EE7", 3));
    assert_ptr_equal(replica_row(replica, 0).json, row.json);
    changed.customer_support_id = agent;
    put(replica, changed, 0);
    row = replica_row(replica, 0);
    assert_non_null(memmem(row.json, row.size, "EE7", 3));
    replica_clear(replica);
    assert_int_equal(replica_count(replica), 0);
    replica_destroy(&replica);
}

/* contract §6.4 */
static void rows_show_titles_or_hide_them(void **state)
{
    (void)state;
    struct replica *replica = replica_new();
    struct chat titled = chat(1, 1, 100, 0);
    char title[] = "Expert";

    titled.csa_title = title;
    put(replica, titled, 0);
    for (int hidden = 0; hidden <= 1; hidden++) {
        const char *want = hidden ? "\"csaTitle\":\"\"" : "\"csaTitle\":\"Expert\"";
        replica_hide_titles(replica, hidden);
        struct replica_row row = replica_row(replica, 0);
        assert_non_null(memmem(row.json, row.size, want, strlen(want)));
        assert_string_equal(row.chat->csa_title, "Expert");
    }
    replica_destroy(&replica);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_newer_changes_a_chat),
        cmocka_unit_test(an_ended_chat_leaves_and_stays_findable_for_a_while),
        cmocka_unit_test(the_list_is_in_the_order_of_created),
        cmocka_unit_test(a_row_is_written_anew_when_its_chat_changes),
        cmocka_unit_test(rows_show_titles_or_hide_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
