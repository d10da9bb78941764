#include <stdio.h>
#include <stdlib.h>

#include "head.h"
#include "test.h"

#define LINE "GET /sse/get-chat-by-id?id=1&x=%20 HTTP/1.1\r\n"
#define HOST "Host: localhost:8080\r\n"

static const char whole[] = LINE HOST "Origin: http://localhost:3000\r\n"
                                      "Cookie: chatJwt=a.b.c; other=1\r\n"
                                      "Accept: text/event-stream\r\n"
                                      "last-event-id:  42 \r\n"
                                      "X-Forwarded-For: 6.6.6.6\r\n"
                                      "X-Empty:\r\n"
                                      "x-forwarded-for: 7.7.7.7, 192.0.2.1\r\n"
                                      "\r\n";

static int parse(struct head *head, const char *text)
{
    return head_parse(head, text, strlen(text));
}

static void a_whole_head_is_taken_apart(void **state)
{
    (void)state;
    struct head head;

    assert_int_equal(parse(&head, whole), HEAD_WHOLE);
    assert_int_equal(head.method, METHOD_GET);
    assert_true(span_is(head.path, "/sse/get-chat-by-id"));
    assert_true(span_is(head.query, "id=1&x=%20"));
    assert_true(span_is(head.host, "localhost:8080"));
    assert_true(span_is(head.origin, "http://localhost:3000"));
    assert_true(span_is(head.cookie, "chatJwt=a.b.c; other=1"));
    assert_true(span_is(head.last_event_id, "42"));
    assert_true(span_is(head.forwarded, "7.7.7.7, 192.0.2.1"));
    assert_int_equal(head.size, strlen(whole));
}

static void every_beginning_of_a_head_asks_for_more(void **state)
{
    (void)state;
    struct head head;

    for (size_t size = 0; size < strlen(whole); size++) {
        /* A copy of exactly this size: reading past it is found. */
        char *text = malloc(size + 1);
        memcpy(text, whole, size);
        assert_int_equal(head_parse(&head, text, size), HEAD_MORE);
        free(text);
    }
}

static void what_follows_a_head_is_not_its_own(void **state)
{
    (void)state;
    struct head head;

    assert_int_equal(parse(&head, "GET / HTTP/1.0\r\n\r\nGET / HTTP/1.1\r\n"), HEAD_WHOLE);
    assert_int_equal(head.size, strlen("GET / HTTP/1.0\r\n\r\n"));
    assert_null(head.host.text);
    assert_null(head.query.text);
}

static const struct {
    const char *text;
    int status;
} cases[] = {
    {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 200},
    {"GET / HTTP/1.0\r\n\r\n", 200},
    {"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", 200},
    {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 200},
    {"GET http://a.ee/sse/x HTTP/1.1\r\nHost: a.ee\r\n\r\n", 200},
    {"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 200},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 200},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: \xc3\xa4 \t!\r\n\r\n", 200},
    /* methods */
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}", 405},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 405},
    {"get / HTTP/1.1\r\nHost: a\r\n\r\n", 405},
    {"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    /* request lines */
    {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
    {"GET /\r\n\r\n", 400},
    {"GET / http/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET / HTTP/1.1.\r\nHost: a\r\n\r\n", 400},
    {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    {"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    /* line ends */
    {"GET / HTTP/1.1\nHost: a\n\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
    {"GET / HTTP/1.1\rHost: a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n", 400},
    /* fields */
    {"GET / HTTP/1.1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\n: no name\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1\r\ncookie: b=2\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nOrigin: x\r\nOrigin: x\r\n\r\n", 400},
    /* bodies */
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", 413},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 0\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", 400},
};

static void heads_are_accepted_and_refused_as_rfc_9112_says(void **state)
{
    (void)state;
    struct head head;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int status = parse(&head, cases[i].text);
        if (status != cases[i].status)
            fail_msg("%d, not %d: %s", status, cases[i].status, cases[i].text);
    }
}

/* However a head comes in pieces, it ends the same. */
static void a_verdict_never_changes_with_more_bytes(void **state)
{
    (void)state;
    struct head head;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        for (size_t size = 0; size <= strlen(cases[i].text); size++) {
            int status = head_parse(&head, cases[i].text, size);
            if (status != HEAD_MORE)
                assert_int_equal(status, cases[i].status);
        }
}

static void a_zero_byte_is_refused(void **state)
{
    (void)state;
    const char text[] = "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n";
    struct head head;

    assert_int_equal(head_parse(&head, text, sizeof(text) - 1), 400);
}

static void sizes_are_bounded(void **state)
{
    (void)state;
    static char text[HEAD_MAX];
    struct head head;
    int length;

    memset(text, 'a', sizeof(text));
    assert_int_equal(head_parse(&head, text, HEAD_MAX - 1), HEAD_MORE);
    assert_int_equal(head_parse(&head, text, HEAD_MAX), 414);
    length = snprintf(text, sizeof(text), "GET /%0*d HTTP/1.1\r\nHost: a\r\n\r\n", TARGET_MAX, 0);
    assert_int_equal(head_parse(&head, text, (size_t)length), 414);
    length =
        snprintf(text, sizeof(text), "GET /%0*d HTTP/1.1\r\nHost: a\r\n\r\n", TARGET_MAX - 1, 0);
    assert_int_equal(head_parse(&head, text, (size_t)length), HEAD_WHOLE);
    (void)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nX: %0*d", HEAD_MAX - 20, 0);
    text[HEAD_MAX - 1] = 'a';
    assert_int_equal(head_parse(&head, text, HEAD_MAX), 431);
}

static void fields_are_bounded(void **state)
{
    (void)state;
    char text[HEAD_MAX];
    struct head head;

    for (int count = FIELDS_MAX; count <= FIELDS_MAX + 1; count++) {
        int length = snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\n");
        for (int i = 1; i < count; i++)
            length += snprintf(text + length, sizeof(text) - (size_t)length, "X: y\r\n");
        snprintf(text + length, sizeof(text) - (size_t)length, "\r\n");
        assert_int_equal(parse(&head, text), count == FIELDS_MAX ? HEAD_WHOLE : 431);
    }
}

static void a_refused_head_tells_its_origin_all_the_same(void **state)
{
    (void)state;
    struct head head;

    assert_int_equal(parse(&head, "POST / HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\n\r\n"), 405);
    assert_true(span_is(head.origin, "http://b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_head_is_taken_apart),
        cmocka_unit_test(every_beginning_of_a_head_asks_for_more),
        cmocka_unit_test(what_follows_a_head_is_not_its_own),
        cmocka_unit_test(heads_are_accepted_and_refused_as_rfc_9112_says),
        cmocka_unit_test(a_verdict_never_changes_with_more_bytes),
        cmocka_unit_test(a_zero_byte_is_refused),
        cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(fields_are_bounded),
        cmocka_unit_test(a_refused_head_tells_its_origin_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
