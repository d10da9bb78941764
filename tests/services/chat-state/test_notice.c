/* Who gets an e-mail about a chat, what it says, and how often it is tried. */
#include "test.h"

#include "batch.h"
#include "commands.h"
#include "due.h"
#include "fake_store.h"
#include "notice.h"
#include "own.h"

enum { NOW = 1700000000, MINUTE = 60 * 1000, HOUR = 60 * MINUTE, DAY = 24 * HOUR, MOST = 5 };

static const struct limits usual = {.open_chats = 10,
                                    .messages = 100,
                                    .characters = 10000,
                                    .tokens = 10,
                                    .accounts = 10,
                                    .mails = MOST,
                                    .mail_pause_ms = MINUTE};

static struct limits limits;
static struct store *store;
static struct memory memory;
static struct batch *batch;

/* ---- around each test ---- */

static int set_up(void **state)
{
    (void)state;
    limits = usual;
    store = fake_store_new();
    assert_int_equal(memory_load(&memory, store, NOW), 0);
    deadlines_begin(&memory.deadlines, NOW);
    batch = batch_new(&memory, store, &limits);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    batch_destroy(&batch);
    memory_clear(&memory);
    store_close(&store);
    return 0;
}

/* An agent who wants mails of both kinds. */
static struct member *hire(const char *id_code, const char *status, const char *email)
{
    struct role role = {.name = (char *)"ROLE_CUSTOMER_SUPPORT_AGENT"};
    const struct account account = {.id_code = (char *)id_code,
                                    .login = (char *)id_code,
                                    .csa_email = (char *)email,
                                    .presence_status = (char *)status,
                                    .roles = {&role, 1}};
    struct member *member = roster_put(&memory.roster, &account);

    profile_make(&member->profile, id_code);
    member->profile.new_chat_email_notifications = true;
    member->profile.forwarded_chat_email_notifications = true;
    return member;
}

static void open_chat(unsigned number)
{
    struct chat_open open = make_open(number, 50 + number, "Tere,\nkas on õunu?");

    batch_add(batch, NULL, MESSAGE_chat_open, &open, NOW);
    message_clear(&message_types[MESSAGE_chat_open], &open);
}

static void commit(void)
{
    assert_int_equal(batch_commit(batch), 0);
    batch_clear(batch);
}

static size_t due_at(int64_t now)
{
    memory.deadlines.now = now;
    size_t count = due_add(batch, &memory, &limits, now);
    commit();
    return count;
}

/* The next mail. */
static const struct deadline *next(void)
{
    return memory.deadlines.count ? memory.deadlines.items[0] : NULL;
}

/* ---- who, and what ---- */

static void a_new_chat_becomes_a_mail_with_what_was_asked(void **state)
{
    struct notice_mail mail;

    (void)state;
    hire("EE1", "online", "mary@example.ee");
    open_chat(1);
    commit();
    assert_int_equal(memory.mails, 1);
    assert_int_equal(due_at(NOW), 1);
    assert_int_equal(memory.mails, 1);
    assert_int_equal(notice_read(next(), &mail), 0);
    assert_string_equal(mail.to, "mary@example.ee");
    assert_string_equal(mail.subject, "Avati uus vestlus");
    assert_string_equal(mail.text, "Veebileht: https://example.ee/\n"
                                   "Operatsioonisüsteem: Linux\n"
                                   "Aeg: 1970-01-20T16:13:20.000+00:00\n"
                                   "Sõnum: Tere,\nkas on õunu?\n");
    free(mail.to);
}

static void who_is_away_or_wants_none_or_has_no_address_gets_none(void **state)
{
    static const struct {
        const char *status, *email;
        bool wants, is_agent, gets;
    } cases[] = {
        {"online", "a@example.ee", true, true, true},
        {"idle", "a@example.ee", true, true, true},
        {"offline", "a@example.ee", true, true, false},
        {"", "a@example.ee", true, true, false},
        {"online", "", true, true, false},
        {"online", "Mari <a@example.ee>", true, true, false},
        {"online", "a@example.ee\nb@example.ee", true, true, false},
        {"online", "a@example.ee", false, true, false},
        {"online", "a@example.ee", true, false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct member *member = hire("EE1", cases[i].status, cases[i].email);
        member->profile.new_chat_email_notifications = cases[i].wants;
        if (!cases[i].is_agent)
            own_replace(&member->account.roles.items[0].name, "ROLE_ANALYST");
        open_chat((unsigned)i + 1);
        commit();
        assert_int_equal(due_at(NOW), 1);
        assert_int_equal(memory.mails, cases[i].gets);
        if (cases[i].gets)
            due_at(NOW + 2 * DAY);
        memory.deadlines.now = NOW;
        roster_drop(&memory.roster, "EE1");
    }
}

static void all_who_want_it_hear_of_a_new_chat_and_one_of_a_chat_sent_on(void **state)
{
    struct deadline notice = {.id = (char *)"notice:1:2", .body = (char *)"\ntext"};
    struct deadline_list mails = {0};

    (void)state;
    hire("EE1", "online", "one@example.ee");
    hire("EE12", "online", "two@example.ee")->profile.new_chat_email_notifications = false;
    hire("EE2", "idle", "three@example.ee")->profile.forwarded_chat_email_notifications = false;
    assert_int_equal(notice_mails(&notice, &memory, &limits, MOST, &mails), 0);
    assert_int_equal(mails.count, 2);
    assert_string_equal(mails.items[0].body, "one@example.ee\nAvati uus vestlus\ntext");
    assert_string_equal(mails.items[1].body, "three@example.ee\nAvati uus vestlus\ntext");
    assert_string_not_equal(mails.items[0].id, mails.items[1].id);
    deadline_list_clear(&mails);
    notice.body = (char *)"EE12\ntext";
    assert_int_equal(notice_mails(&notice, &memory, &limits, MOST, &mails), 0);
    assert_int_equal(mails.count, 1);
    assert_string_equal(mails.items[0].body, "two@example.ee\nTeile on suunatud vestlus!\ntext");
    deadline_list_clear(&mails);
    notice.body = (char *)"EE2\ntext";
    assert_int_equal(notice_mails(&notice, &memory, &limits, MOST, &mails), 0);
    assert_int_equal(mails.count, 0);
}

static void without_a_mail_server_nothing_is_written(void **state)
{
    (void)state;
    limits.mails = 0;
    hire("EE1", "online", "mary@example.ee");
    open_chat(1);
    commit();
    assert_int_equal(memory.deadlines.count, 0);
}

/* ---- when ---- */

static void a_mail_is_tried_with_growing_pauses_for_a_day(void **state)
{
    static const int64_t minutes[] = {1, 2, 4, 8, 16, 32, 60, 60};
    int64_t now = NOW;

    (void)state;
    hire("EE1", "online", "mary@example.ee");
    open_chat(1);
    commit();
    for (size_t i = 0; i < sizeof(minutes) / sizeof(minutes[0]); i++) {
        assert_int_equal(due_at(now), 1);
        assert_int_equal(next()->attempts, i + 1);
        assert_int_equal(next()->due, now + minutes[i] * MINUTE);
        assert_int_equal(due_at(next()->due - 1), 0);
        now = next()->due;
    }
    for (; next(); now = next() ? next()->due : now)
        assert_int_equal(due_at(now), 1);
    assert_in_range(now, NOW + DAY, NOW + DAY + HOUR);
    assert_int_equal(memory.mails, 0);
}

static void what_is_given_up_and_what_is_dropped_is_told(void **state)
{
    (void)state;
    hire("EE1", "online", "one@example.ee");
    hire("EE2", "online", "two@example.ee");
    for (unsigned i = 1; i <= 3; i++)
        open_chat(i);
    commit();
    assert_int_equal(memory.mails, 3);
    /* two mails, two, and one of two */
    assert_int_equal(due_add(batch, &memory, &limits, NOW), 3);
    assert_int_equal(batch_outcome(batch, 0)->decision.mails_dropped +
                         batch_outcome(batch, 1)->decision.mails_dropped +
                         batch_outcome(batch, 2)->decision.mails_dropped,
                     1);
    commit();
    assert_int_equal(memory.mails, MOST);
    open_chat(4);
    assert_int_equal(batch_outcome(batch, 0)->decision.mails_dropped, 1);
    assert_int_equal(batch_outcome(batch, 0)->verdict, VERDICT_ACCEPTED);
    commit();
    memory.deadlines.now = NOW + 2 * DAY;
    assert_int_equal(due_add(batch, &memory, &limits, NOW), MOST);
    for (size_t i = 0; i < MOST; i++)
        assert_int_equal(batch_outcome(batch, i)->decision.mails_given_up, 1);
    commit();
    assert_int_equal(memory.mails, 0);
}

static void mails_that_were_not_written_are_due_still(void **state)
{
    (void)state;
    hire("EE1", "online", "one@example.ee");
    open_chat(1);
    commit();
    assert_int_equal(due_add(batch, &memory, &limits, NOW), 1);
    fake_store_fail_after(store, 0);
    assert_int_equal(batch_commit(batch), -1);
    batch_clear(batch);
    fake_store_fail_after(store, -1);
    assert_int_equal(memory.mails, 1);
    assert_string_equal(next()->kind, KIND_NOTICE);
    assert_int_equal(due_at(NOW), 1);
    assert_string_equal(next()->kind, KIND_MAIL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_chat_becomes_a_mail_with_what_was_asked, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(who_is_away_or_wants_none_or_has_no_address_gets_none,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            all_who_want_it_hear_of_a_new_chat_and_one_of_a_chat_sent_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_mail_server_nothing_is_written, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_mail_is_tried_with_growing_pauses_for_a_day, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_given_up_and_what_is_dropped_is_told, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(mails_that_were_not_written_are_due_still, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
