#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"

static void init_chat_gives_a_cookie_for_the_new_chat_alone(void **state)
{
    const char *body = "{\"message\":{\"content\":\"a\"},\"endUserTechnicalData\":"
                       "{\"endUserOs\":\"a\",\"endUserUrl\":\"b\"}}";
    struct reply opened = scene_ask("POST", "/init-chat", NOBODY, "", body);
    const char *id = strstr(opened.body, "\"id\":\"") + strlen("\"id\":\"");
    char header[4096];

    (void)state;
    const char *cookie = strstr(opened.head, "Set-Cookie: chatJwt=");
    assert_non_null(cookie);
    assert_non_null(strstr(cookie, "; Max-Age=7200; Path=/; HttpOnly; SameSite=Lax\r\n"));
    cookie += strlen("Set-Cookie: ");
    snprintf(header, sizeof(header), "Cookie: %.*s\r\n", (int)strcspn(cookie, ";"), cookie);
    stage_forget(stage);
    struct reply reply = browse(stage, "GET", "/get-chat-by-id", header, NULL);
    assert_int_equal(reply.status, 200);
    char *asked;
    assert_true(asprintf(&asked, "\"chat_id\":\"%.36s\"", id) > 0);
    assert_non_null(strstr(stage_asked(stage), asked));
    free(asked);
    reply_clear(&opened);
    reply_clear(&reply);
}

/* Each attempt comes from an address of its own. */
static struct reply log_in(const char *login, const char *password, int address)
{
    char body[128], header[64];

    snprintf(body, sizeof(body), "{\"login\":\"%s\",\"password\":\"%s\"}", login, password);
    snprintf(header, sizeof(header), "X-Forwarded-For: 192.0.2.%d\r\n", address);
    return scene_ask("POST", "/cs-login", NOBODY, header, body);
}

static void logging_in_gives_a_cookie_that_logging_out_clears(void **state)
{
    struct reply reply = log_in(STAGE_LOGIN, STAGE_PASSWORD, 1);
    const char *start = "{\"data\":{\"custom_jwt_cookie\":\"";
    char header[4096];

    (void)state;
    assert_int_equal(reply.status, 200);
    assert_memory_equal(reply.body, start, strlen(start));
    const char *cookie = strstr(reply.head, "Set-Cookie: customJwtCookie=");
    assert_non_null(cookie);
    cookie += strlen("Set-Cookie: ");
    int size = (int)strcspn(cookie, ";");
    assert_memory_equal(reply.body + strlen(start), cookie + strlen("customJwtCookie="),
                        (size_t)size - strlen("customJwtCookie="));
    snprintf(header, sizeof(header), "Cookie: %.*s\r\n", size, cookie);
    reply_clear(&reply);

    reply = browse(stage, "POST", "/cs-custom-jwt-userinfo", header, NULL);
    assert_non_null(strstr(reply.body, "\"authorities\":[\"ROLE_CUSTOMER_SUPPORT_AGENT\"]"));
    assert_null(strstr(reply.body, "assword"));
    reply_clear(&reply);

    reply = browse(stage, "POST", "/cs-logout", header, NULL);
    assert_int_equal(reply.status, 200);
    assert_true(reply_has(&reply, "Set-Cookie: customJwtCookie=; Max-Age=0; Path=/; HttpOnly; "
                                  "SameSite=Lax"));
    reply_clear(&reply);
}

static void a_wrong_password_and_a_wrong_login_are_answered_alike(void **state)
{
    struct reply wrong = log_in(STAGE_LOGIN, "wrong", 2), unknown = log_in("bob", "wrong", 3);

    (void)state;
    assert_int_equal(wrong.status, 401);
    assert_string_equal(wrong.body, "{\"data\":null,\"error\":{\"code\":\"invalid_credentials\","
                                    "\"message\":\"Login or password is wrong.\"}}");
    assert_int_equal(unknown.status, wrong.status);
    assert_string_equal(unknown.body, wrong.body);
    reply_clear(&wrong);
    reply_clear(&unknown);
}

static void a_login_waits_after_ten_attempts_and_an_address_after_sixty(void **state)
{
    (void)state;
    for (int i = 0; i < 11; i++) {
        struct reply reply = log_in("carol", "wrong", 10 + i);
        assert_int_equal(reply.status, i < 10 ? 401 : 429);
        assert_int_equal(reply_has(&reply, "Retry-After: 60"), i == 10);
        reply_clear(&reply);
    }
    for (int i = 0; i < 61; i++) {
        char login[16];
        snprintf(login, sizeof(login), "dave%d", i);
        struct reply reply = log_in(login, "wrong", 40);
        assert_int_equal(reply.status, i < 60 ? 401 : 429);
        reply_clear(&reply);
    }
}

static void a_revoked_token_is_nobody(void **state)
{
    (void)state;
    stage_refuse_next(stage, 401, "not_authenticated");
    struct reply reply = scene_ask("GET", "/cs-custom-jwt-userinfo", AGENT, "", NULL);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.body, "{\"data\":{\"custom_jwt_userinfo\":null},\"error\":null}");
    reply_clear(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(init_chat_gives_a_cookie_for_the_new_chat_alone),
        cmocka_unit_test(logging_in_gives_a_cookie_that_logging_out_clears),
        cmocka_unit_test(a_wrong_password_and_a_wrong_login_are_answered_alike),
        cmocka_unit_test(a_login_waits_after_ten_attempts_and_an_address_after_sixty),
        cmocka_unit_test(a_revoked_token_is_nobody),
    };

    return cmocka_run_group_tests(tests, scene_open, scene_close);
}
