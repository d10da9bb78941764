#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sessions.h"

static const int64_t MINUTE_MS = 60000, HOUR_MS = 3600000;

static const int64_t now = 1700000000000;
static struct sessions *sessions;
static char *token;

static void nothing(void *self, struct session *session)
{
    (void)self;
    (void)session;
}

static bool answers; /* chat-state does, at once */
static int asked, known, over, moved;

static void answer(void *self, struct session *session)
{
    (void)self;
    asked++;
    if (answers)
        session_confirm(session);
}

static void on_known(void *self, struct session *session)
{
    (void)self;
    (void)session;
    known++;
}

static void on_moved(void *self, struct session *session, struct session *to)
{
    struct link *stream = session->streams.next;

    (void)self;
    moved++;
    session_leave(sessions, session, stream);
    session_join(sessions, to, stream);
}

static void on_over(void *self, struct session *session, enum session_end end)
{
    (void)self;
    assert_int_equal(end, SESSION_REVOKED);
    over++;
    session_leave(sessions, session, session->streams.next);
}

/* Returns a new key, and with signed a token of an end user for an hour. */
static struct token_key *make_key(char **signed_token)
{
    char path[] = "/tmp/kratt-test-sessions-XXXXXX", why[WHY_MAX];

    close(mkstemp(path));
    unlink(path);
    struct token_key *key = token_key_open(path, NULL, why);
    assert_non_null(key);
    unlink(path);
    if (signed_token) {
        struct token text = {
            .content = json_pack("{s:s}", "chatId", "8cecdc84-57fb-4f18-845e-5ca0be3d6223")};
        *signed_token = token_sign(key, "kratt", &text, now, HOUR_MS);
        token_clear(&text);
    }
    return key;
}

static int open_sessions(void **state)
{
    const struct session_hooks hooks = {answer, on_known, on_moved, nothing, on_over, NULL};

    (void)state;
    answers = true;
    asked = known = over = moved = 0;
    sessions = sessions_new("kratt", 10, &hooks);
    sessions_set_key(sessions, make_key(&token));
    return 0;
}

static int close_sessions(void **state)
{
    (void)state;
    sessions_destroy(&sessions);
    free(token);
    return 0;
}

static struct session *find(int64_t at)
{
    return sessions_find(sessions, IDENTITY_END_USER, (struct span){token, strlen(token)}, at);
}

/* From now on only what is remembered is good. */
static void change_key(void)
{
    sessions_set_key(sessions, make_key(NULL));
}

static void a_session_without_a_stream_is_remembered_for_five_minutes(void **state)
{
    (void)state;
    sessions_forget(sessions, now);
    assert_non_null(find(now));
    change_key();
    sessions_forget(sessions, now + 5 * MINUTE_MS);
    assert_non_null(find(now + 5 * MINUTE_MS));
    sessions_forget(sessions, now + 9 * MINUTE_MS);
    assert_non_null(find(now + 9 * MINUTE_MS));
    sessions_forget(sessions, now + 10 * MINUTE_MS);
    assert_null(find(now + 10 * MINUTE_MS));
}

static void a_session_with_a_stream_is_not_forgotten(void **state)
{
    struct link stream;

    (void)state;
    link_init(&stream);
    session_join(sessions, find(now), &stream);
    change_key();
    for (int64_t minute = 0; minute < 30; minute++)
        sessions_forget(sessions, now + minute * MINUTE_MS);
    struct session *session = find(now + 30 * MINUTE_MS);
    assert_non_null(session);
    session_leave(sessions, session, &stream);
    assert_non_null(find(now + 31 * MINUTE_MS));
}

static void a_clock_that_was_set_back_does_not_keep_them(void **state)
{
    (void)state;
    sessions_forget(sessions, now + HOUR_MS);
    assert_non_null(find(now));
    change_key();
    sessions_forget(sessions, now);
    sessions_forget(sessions, now + 5 * MINUTE_MS);
    assert_null(find(now + 5 * MINUTE_MS));
}

/* ---- what chat-state says ---- */

static void a_token_is_asked_about_once_and_is_not_good_before(void **state)
{
    (void)state;
    answers = false;
    struct session *session = find(now);
    assert_false(session->is_confirmed);
    assert_ptr_equal(find(now), session);
    assert_int_equal(asked, 1);
    session_confirm(session);
    assert_int_equal(known, 1);
    assert_true(find(now)->is_confirmed);
    assert_int_equal(asked, 1);
}

static void a_token_that_is_not_known_is_none(void **state)
{
    (void)state;
    answers = false;
    session_deny(find(now));
    assert_int_equal(known, 1);
    assert_non_null(find(now)); /* asked about anew */
    assert_int_equal(asked, 2);
}

static void a_token_that_is_revoked_before_the_answer_is_none(void **state)
{
    (void)state;
    answers = false;
    struct session *session = find(now);
    sessions_revoke(sessions, session->token_id);
    assert_null(find(now));
    session_confirm(session); /* said before it was revoked */
    assert_int_equal(asked, 1);
    assert_false(find(now)->is_confirmed);
}

static void after_a_gap_every_token_is_asked_about_again(void **state)
{
    struct link stream;

    (void)state;
    link_init(&stream);
    struct session *session = find(now);
    session_join(sessions, session, &stream);
    answers = false;
    sessions_recheck(sessions);
    assert_int_equal(asked, 2);
    assert_true(session->is_confirmed); /* its streams go on meanwhile */
    session_deny(session);
    assert_int_equal(over, 1);
}

/* ---- extended ---- */

static const struct issuance successor = {.token_id = "11111111-1111-4111-8111-111111111111",
                                          .expires_at = 1700000000000 + INT64_C(2) * 3600000};

static void the_streams_of_an_extended_token_go_on(void **state)
{
    struct link stream;
    char old_id[UUID_SIZE];

    (void)state;
    link_init(&stream);
    struct session *session = find(now);
    memcpy(old_id, session->token_id, UUID_SIZE);
    session_join(sessions, session, &stream);
    sessions_extend(sessions, old_id, &successor, now);
    sessions_expire(sessions, now + HOUR_MS + MINUTE_MS); /* the old one's time */
    sessions_revoke(sessions, old_id);                    /* which means nothing now */
    assert_int_equal(over, 0);
    assert_int_equal(session->expires_at, successor.expires_at);
    sessions_revoke(sessions, successor.token_id);
    assert_int_equal(over, 1);
}

static void an_extended_token_opens_streams_for_some_seconds_more(void **state)
{
    (void)state;
    struct session *session = find(now);
    char old_id[UUID_SIZE];
    memcpy(old_id, session->token_id, UUID_SIZE);
    sessions_extend(sessions, old_id, &successor, now);
    assert_ptr_equal(find(now + 4999), session);
    assert_int_equal(asked, 1);
    answers = false;
    assert_false(find(now + 5000)->is_confirmed);
    assert_int_equal(asked, 2); /* about the old one: chat-state will say no */
}

static void a_token_that_was_here_before_the_news_of_it_takes_the_streams_over(void **state)
{
    struct link stream;
    struct session *to = find(now);
    char *first = token;

    (void)state;
    link_init(&stream);
    struct token text = {.content =
                             json_pack("{s:s}", "chatId", "8cecdc84-57fb-4f18-845e-5ca0be3d6223")};
    struct token_key *key = make_key(NULL);
    token = token_sign(key, "kratt", &text, now, HOUR_MS);
    sessions_set_key(sessions, key);
    struct session *from = find(now);
    session_join(sessions, from, &stream);
    struct issuance other = {.expires_at = to->expires_at};
    memcpy(other.token_id, to->token_id, UUID_SIZE);
    sessions_extend(sessions, text.token_id, &other, now);
    assert_int_equal(moved, 1);
    assert_int_equal(over, 0);
    assert_ptr_equal(to->streams.next, &stream);
    token_clear(&text);
    free(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_session_without_a_stream_is_remembered_for_five_minutes,
                                        open_sessions, close_sessions),
        cmocka_unit_test_setup_teardown(a_session_with_a_stream_is_not_forgotten, open_sessions,
                                        close_sessions),
        cmocka_unit_test_setup_teardown(a_clock_that_was_set_back_does_not_keep_them, open_sessions,
                                        close_sessions),
        cmocka_unit_test_setup_teardown(a_token_is_asked_about_once_and_is_not_good_before,
                                        open_sessions, close_sessions),
        cmocka_unit_test_setup_teardown(a_token_that_is_not_known_is_none, open_sessions,
                                        close_sessions),
        cmocka_unit_test_setup_teardown(a_token_that_is_revoked_before_the_answer_is_none,
                                        open_sessions, close_sessions),
        cmocka_unit_test_setup_teardown(after_a_gap_every_token_is_asked_about_again, open_sessions,
                                        close_sessions),
        cmocka_unit_test_setup_teardown(the_streams_of_an_extended_token_go_on, open_sessions,
                                        close_sessions),
        cmocka_unit_test_setup_teardown(an_extended_token_opens_streams_for_some_seconds_more,
                                        open_sessions, close_sessions),
        cmocka_unit_test_setup_teardown(
            a_token_that_was_here_before_the_news_of_it_takes_the_streams_over, open_sessions,
            close_sessions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
