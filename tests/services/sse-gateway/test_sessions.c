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

static void nothing_over(void *self, struct session *session, enum session_end end)
{
    (void)self;
    (void)session;
    (void)end;
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
    const struct session_hooks hooks = {nothing, nothing_over, NULL};

    (void)state;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_session_without_a_stream_is_remembered_for_five_minutes,
                                        open_sessions, close_sessions),
        cmocka_unit_test_setup_teardown(a_session_with_a_stream_is_not_forgotten, open_sessions,
                                        close_sessions),
        cmocka_unit_test_setup_teardown(a_clock_that_was_set_back_does_not_keep_them, open_sessions,
                                        close_sessions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
