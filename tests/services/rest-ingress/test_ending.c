#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "browser.h"

static void what_is_on_its_way_is_answered_before_the_end(void **state)
{
    struct stage *stage = stage_open(false);
    char *cookie = stage_chat_cookie(stage, NULL, 60000), header[4096];

    (void)state;
    snprintf(header, sizeof(header), "Cookie: %s\r\n", cookie);
    stage_hold(stage, true);
    int fd = browse_begin(stage, "GET", "/get-chat-by-id", header, NULL);
    while (!strstr(stage_asked(stage), "chat.get"))
        stage_play(stage, -1);
    kill(stage_pid(stage), SIGTERM);
    struct reply late = {0};
    while (late.status != 503) { /* the signal takes a moment to arrive */
        reply_clear(&late);
        late = browse(stage, "GET", "/healthz", "", NULL);
    }
    assert_true(reply_has(&late, "Retry-After: 1"));
    reply_clear(&late);
    stage_hold(stage, false);
    struct reply reply = browse_end(stage, fd);
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.body, STAGE_CHAT));
    reply_clear(&reply);
    free(cookie);
    stage_close(&stage);
}

static void without_services_every_answer_comes_at_once(void **state)
{
    static const struct {
        const char *path;
        int status;
        const char *body;
    } cases[] = {
        {"/healthz", 200, "{\"appName\":"},
        {"/estimated-waiting-time", 503, "{\"response\":null,\"error\":{\"code\":\"unavailable\""},
        {"/custom-jwt-userinfo", 200, "{\"data\":{\"custom_jwt_userinfo\":null},\"error\":null}"},
        {"/cs-get-components-healthz-status", 200,
         "{\"data\":{\"set_healthz_response\":{\"data\":[{\"name\":\"TIM\",\"version\":"
         "\"" KRATT_VERSION "\"},{\"name\":\"RUUTER\",\"version\":\"" KRATT_VERSION
         "\"},{\"name\":\"DMAPPER\",\"version\":\"" KRATT_VERSION
         "\"},{\"name\":\"RESQL\",\"version\":\"\"}]}},\"error\":null}"},
    };
    struct stage *stage = stage_open(true);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct reply reply = browse(stage, "GET", cases[i].path, "", NULL);
        assert_int_equal(reply.status, cases[i].status);
        assert_memory_equal(reply.body, cases[i].body, strlen(cases[i].body));
        assert_int_equal(reply_has(&reply, "Retry-After: 1"), reply.status == 503);
        reply_clear(&reply);
    }
    stage_close(&stage);
}

static void what_is_not_answered_in_five_seconds_gets_504(void **state)
{
    struct stage *stage = stage_open(false);

    (void)state;
    stage_hold(stage, true);
    struct reply reply = browse(stage, "GET", "/estimated-waiting-time", "", NULL);
    assert_int_equal(reply.status, 504);
    assert_string_equal(reply.body,
                        "{\"response\":null,\"error\":{\"code\":\"timeout\",\"message\":"
                        "\"The answer did not come in time.\"}}");
    reply_clear(&reply);
    stage_hold(stage, false); /* too late, and to nobody */
    reply = browse(stage, "GET", "/healthz/chat", "", NULL);
    assert_int_equal(reply.status, 200);
    reply_clear(&reply);
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_on_its_way_is_answered_before_the_end),
        cmocka_unit_test(without_services_every_answer_comes_at_once),
        cmocka_unit_test(what_is_not_answered_in_five_seconds_gets_504),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
