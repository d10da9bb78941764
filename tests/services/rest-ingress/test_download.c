#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"

#define TEXT                                                                                       \
    "Vestlus " STAGE_CHAT " (kellaajad on UTC)\n\n"                                                \
    "2023-01-18T12:56:52.895+00:00 Kasutaja: hello\n"
#define PDF      "%PDF-1."
#define NAME     "Content-Disposition: attachment; filename=\"vestlus-2023-01-18-" STAGE_CHAT
#define OWN_BODY "{\"chatId\":\"" STAGE_CHAT "\"}"
#define PDF_BODY "{\"chatId\":\"" STAGE_CHAT "\",\"format\":\"pdf\"}"
#define ASKED_OWN                                                                                  \
    {                                                                                              \
        "messages.get ", ASKED("chat_id", STAGE_CHAT), "\"token_id\":"                             \
    }
#define CS_PATH "/cs-download-chat?chatId=" OTHER
#define OF_AGENTS                                                                                  \
    {                                                                                              \
        "messages.get ", ASKED("chat_id", OTHER), ASKED("caller", STAGE_ID_CODE)                   \
    }
#define NOT_A_FORM ERROR_BEGINNING("value_out_of_limits")

static const struct scene scenes[] = {
    {"GET", "/download-chat", END_USER, NULL, 200, TEXT, ASKED_OWN},
    {"POST", "/download-chat", END_USER, OWN_BODY, 200, TEXT, ASKED_OWN},
    {"GET", "/download-chat?format=txt&chatId=" STAGE_CHAT, END_USER, NULL, 200, TEXT, ASKED_OWN},
    {"GET", "/download-chat?format=pdf", END_USER, NULL, 200, PDF, ASKED_OWN},
    {"POST", "/download-chat", END_USER, PDF_BODY, 200, PDF, ASKED_OWN},
    {"GET", CS_PATH, AGENT, NULL, 200, "Vestlus " OTHER, OF_AGENTS},
    {"GET", CS_PATH "&format=pdf", ADMINISTRATOR, NULL, 200, PDF, OF_AGENTS},
    {"POST", "/cs-download-chat", AGENT, "{\"chatId\":\"" OTHER "\"}", 200, "Vestlus " OTHER,
     OF_AGENTS},
};

static void a_chat_is_given_as_text_or_as_pdf(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
        scene_play(&scenes[i]);
}

static const struct scene refusals[] = {
    {"GET", "/download-chat", NOBODY, NULL, 401, ERROR_BEGINNING("not_authenticated"), {NULL}},
    {"GET", "/download-chat", FORGED, NULL, 401, ERROR_BEGINNING("not_authenticated"), {NULL}},
    {"GET", "/download-chat", EXPIRED, NULL, 401, ERROR_BEGINNING("not_authenticated"), {NULL}},
    {"GET", "/download-chat", AGENT, NULL, 401, ERROR_BEGINNING("not_authenticated"), {NULL}},
    {"GET",
     "/download-chat?chatId=" OTHER,
     END_USER,
     NULL,
     403,
     ERROR_BEGINNING("not_your_chat"),
     {NULL}},
    {"GET", "/download-chat?format=docx", END_USER, NULL, 422, NOT_A_FORM, {NULL}},
    {"POST",
     "/download-chat",
     END_USER,
     "{\"format\":7}",
     400,
     ERROR_BEGINNING("invalid_field"),
     {NULL}},
    {"PUT", "/download-chat", END_USER, NULL, 405, ERROR_BEGINNING("method_not_allowed"), {NULL}},
    {"GET", CS_PATH, END_USER, NULL, 401, ERROR_BEGINNING("not_authenticated"), {NULL}},
    {"GET", CS_PATH, ANALYST, NULL, 403, ERROR_BEGINNING("role_not_allowed"), {NULL}},
    {"GET", "/cs-download-chat", AGENT, NULL, 400, ERROR_BEGINNING("missing_field"), {NULL}},
    {"GET", CS_PATH "&format=PDF", AGENT, NULL, 422, NOT_A_FORM, {NULL}},
};

static void strangers_and_other_forms_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        scene_play(&refusals[i]);
}

static void what_a_service_refuses_is_passed_on(void **state)
{
    (void)state;
    stage_refuse_next(stage, 401, "token_revoked");
    struct reply reply = scene_ask("GET", "/download-chat", END_USER, "", NULL);
    assert_int_equal(reply.status, 401);
    assert_false(reply_has(&reply, NAME ".txt\""));
    reply_clear(&reply);
}

/* A request with these headers, and the kind of file that comes. */
struct wish {
    const char *path, *headers;
    bool is_pdf;
};

static const struct wish wishes[] = {
    {"/download-chat", "Accept: application/json, text/plain, */*\r\n", false},
    {"/download-chat", "Accept: text/html,*/*;q=0.8\r\n", false},
    {"/download-chat", "Accept: application/pdf\r\n", true},
    {"/download-chat", "Accept: Application/PDF, text/plain;q=0.5\r\n", true},
    {"/download-chat", "Accept: text/plain, application/pdf;q=0.5\r\n", false},
    {"/download-chat?format=txt", "Accept: application/pdf\r\n", false},
    {"/download-chat?format=pdf", "Accept: text/plain\r\n", true},
};

static void check_wish(const struct wish *wish)
{
    struct reply reply = scene_ask("GET", wish->path, END_USER, wish->headers, NULL);

    assert_int_equal(reply.status, 200);
    assert_true(reply_has(&reply, wish->is_pdf ? "Content-Type: application/pdf"
                                               : "Content-Type: text/plain;charset=UTF-8"));
    assert_true(reply_has(&reply, wish->is_pdf ? NAME ".pdf\"" : NAME ".txt\""));
    reply_clear(&reply);
}

static void accept_decides_unless_format_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++)
        check_wish(&wishes[i]);
}

static void a_page_may_read_the_name_and_nobody_keeps_a_copy(void **state)
{
    struct reply reply =
        scene_ask("GET", "/download-chat", END_USER, "Origin: http://localhost:3000\r\n", NULL);

    (void)state;
    assert_true(reply_has(&reply, "Access-Control-Allow-Origin: http://localhost:3000"));
    assert_true(reply_has(&reply, "Access-Control-Expose-Headers: Content-Disposition"));
    assert_true(reply_has(&reply, "Cache-Control: no-cache, no-store, must-revalidate"));
    assert_true(reply_has(&reply, "X-Content-Type-Options: nosniff"));
    reply_clear(&reply);
}

/* More at once than are made or may wait: each is answered, with its PDF or
 * with 503. */
static void too_many_pdfs_at_once_are_refused(void **state)
{
    enum { MANY = 40 };
    char *cookie = stage_chat_cookie(stage, NULL, 60000), *lines;
    int connections[MANY], made = 0, refused = 0;

    (void)state;
    assert_true(asprintf(&lines, "Cookie: %s\r\n", cookie) > 0);
    stage_hold(stage, true);
    for (int i = 0; i < MANY; i++)
        connections[i] = browse_begin(stage, "GET", "/download-chat?format=pdf", lines, NULL);
    stage_hold(stage, false);
    for (int i = 0; i < MANY; i++) {
        struct reply reply = browse_end(stage, connections[i]);
        made += reply.status == 200;
        refused += reply.status == 503 && reply_has(&reply, "Retry-After: 1");
        reply_clear(&reply);
    }
    assert_int_equal(made + refused, MANY);
    assert_true(made >= 8); /* which may be under way at once */
    assert_true(refused > 0);
    free(lines);
    free(cookie);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chat_is_given_as_text_or_as_pdf),
        cmocka_unit_test(strangers_and_other_forms_are_refused),
        cmocka_unit_test(what_a_service_refuses_is_passed_on),
        cmocka_unit_test(accept_decides_unless_format_does),
        cmocka_unit_test(a_page_may_read_the_name_and_nobody_keeps_a_copy),
        cmocka_unit_test(too_many_pdfs_at_once_are_refused),
    };

    return cmocka_run_group_tests(tests, scene_open, scene_close);
}
