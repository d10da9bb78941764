#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"
#include "scene.h"

static void every_answer_may_be_read_by_allowed_pages_alone(void **state)
{
    static const char *const paths[] = {"/healthz", "/nope", "/get-chat-by-id"};

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct reply reply =
            scene_ask("GET", paths[i], NOBODY, "Origin: http://localhost:3000\r\n", NULL);
        assert_true(reply_has(&reply, "Access-Control-Allow-Origin: http://localhost:3000"));
        assert_true(reply_has(&reply, "Access-Control-Allow-Credentials: true"));
        assert_true(reply_has(&reply, "Vary: Origin"));
        assert_true(reply_has(&reply, "Cache-Control: no-cache, no-store, must-revalidate"));
        assert_true(reply_has(&reply, "Content-Type: application/json;charset=UTF-8"));
        assert_true(reply_has(&reply, "X-Content-Type-Options: nosniff"));
        reply_clear(&reply);
        reply = scene_ask("GET", paths[i], NOBODY, "Origin: https://evil.example\r\n", NULL);
        assert_null(strstr(reply.head, "Access-Control"));
        reply_clear(&reply);
    }
}

static void a_preflight_is_answered(void **state)
{
    struct reply reply = scene_ask("OPTIONS", "/init-chat", NOBODY,
                                   "Origin: http://localhost:3000\r\n"
                                   "Access-Control-Request-Method: POST\r\n",
                                   NULL);

    (void)state;
    assert_int_equal(reply.status, 204);
    assert_true(reply_has(&reply, "Access-Control-Allow-Origin: http://localhost:3000"));
    assert_true(reply_has(&reply, "Access-Control-Allow-Methods: GET, POST, OPTIONS"));
    assert_true(reply_has(
        &reply, "Access-Control-Allow-Headers: content-type, cache-control, cid, idempotency-key"));
    assert_true(reply_has(&reply, "Access-Control-Max-Age: 3600"));
    reply_clear(&reply);
}

static void a_page_of_another_site_cannot_write(void **state)
{
    char own[64];
    struct reply reply =
        scene_ask("POST", "/end-chat", END_USER, "Origin: https://evil.example\r\n", NULL);

    (void)state;
    assert_int_equal(reply.status, 403);
    assert_non_null(strstr(reply.body, "\"origin_not_allowed\""));
    assert_true(scene_asked_nothing());
    reply_clear(&reply);
    snprintf(own, sizeof(own), "Origin: http://localhost:%d\r\n", stage_port(stage));
    reply = scene_ask("POST", "/end-chat", END_USER, own, NULL);
    assert_int_equal(reply.status, 200);
    reply_clear(&reply);
}

static void a_wrong_method_is_told_the_right_ones(void **state)
{
    struct reply reply = scene_ask("GET", "/end-chat", NOBODY, "", NULL);

    (void)state;
    assert_true(reply_has(&reply, "Allow: POST, OPTIONS"));
    reply_clear(&reply);
}

static void a_body_over_64_kib_is_refused(void **state)
{
    char *body = own_zero((64 << 10) + 2);

    (void)state;
    memset(body, ' ', 64 << 10);
    struct reply reply = scene_ask("POST", "/end-chat", END_USER, "", body);
    assert_int_equal(reply.status, 200);
    reply_clear(&reply);
    body[64 << 10] = ' ';
    reply = scene_ask("POST", "/end-chat", END_USER, "Origin: http://localhost:3000\r\n", body);
    assert_int_equal(reply.status, 413);
    assert_non_null(strstr(reply.body, "\"body_too_large\""));
    assert_true(reply_has(&reply, "Access-Control-Allow-Origin: http://localhost:3000"));
    assert_true(scene_asked_nothing());
    reply_clear(&reply);
    free(body);
}

static void an_idempotency_key_makes_the_command_the_callers_own(void **state)
{
    struct reply reply = scene_ask("POST", "/end-chat", END_USER, "Idempotency-Key: k-1\r\n", NULL);

    (void)state;
    assert_non_null(strstr(stage_asked(stage), "\"command_id\":\"" STAGE_CHAT ":k-1\""));
    assert_non_null(strstr(stage_asked(stage), "\"may_repeat\":true"));
    reply_clear(&reply);
    reply = scene_ask("POST", "/end-chat", END_USER, "", NULL);
    assert_null(strstr(stage_asked(stage), "may_repeat\":true"));
    reply_clear(&reply);
    reply = scene_ask("POST", "/end-chat", END_USER, "Idempotency-Key: k 1\r\n", NULL);
    assert_int_equal(reply.status, 400);
    assert_non_null(strstr(reply.body, "\"invalid_idempotency_key\""));
    reply_clear(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_may_be_read_by_allowed_pages_alone),
        cmocka_unit_test(a_preflight_is_answered),
        cmocka_unit_test(a_page_of_another_site_cannot_write),
        cmocka_unit_test(a_wrong_method_is_told_the_right_ones),
        cmocka_unit_test(a_body_over_64_kib_is_refused),
        cmocka_unit_test(an_idempotency_key_makes_the_command_the_callers_own),
    };

    return cmocka_run_group_tests(tests, scene_open, scene_close);
}
