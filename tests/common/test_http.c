#include "test.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "http.h"
#include "metrics.h"
#include "own.h"

enum { WAITING_MAX = 400, BODY_SIZE = 1000, ANSWER_MS = 300 };

/* One server and its loop, driven from the same thread as its clients. */
struct stage {
    zloop_t *loop;
    struct timers *timers;
    struct http_server *server;
    struct http_request *waiting[WAITING_MAX]; /* for /later */
    size_t waiting_count, awaited_count;
    const char *seen; /* a query of the newest of them */
};

struct client {
    struct stage *stage;
    const char *awaited;
    size_t size;
    int fd;
    bool is_closed;
    char in[256 * 1024];
};

static const struct http_limits small_limits = {.connections = 500,
                                                .per_address = 0,
                                                .idle_s = 10,
                                                .head_size = 4096,
                                                .body_size = BODY_SIZE,
                                                .answer_ms = ANSWER_MS};

/* ---- the server's side ---- */

static const char *or_none(const char *text)
{
    return text ? text : "(none)";
}

static void answer_facts(struct http_request *request)
{
    char text[2048];

    snprintf(text, sizeof(text), "%s|%s|%s|%s|%s|%s|%s|%s|%zu", http_method(request),
             http_path(request), or_none(http_query(request, "a")),
             or_none(http_query(request, "b")), or_none(http_header(request, "X-Thing")),
             or_none(http_cookie(request, "chatJwt")), or_none(http_cookie(request, "other")),
             http_address(request), http_body_size(request));
    http_answer_header(request, "X-One", "1");
    http_answer_header(request, "Set-Cookie", "a=1");
    http_answer_header(request, "Set-Cookie", "b=2");
    http_answer(request, 200, "text/plain", text, strlen(text));
}

static void on_test_request(void *self, struct http_request *request)
{
    struct stage *stage = self;

    if (strcmp(http_path(request), "/later") == 0) {
        assert_true(stage->waiting_count < WAITING_MAX);
        stage->seen = http_query(request, "a");
        stage->waiting[stage->waiting_count++] = request;
    } else if (strcmp(http_path(request), "/free-others") == 0) {
        while (stage->waiting_count)
            http_answer(stage->waiting[--stage->waiting_count], 200, NULL, "freed", 5);
        http_answer(request, 200, NULL, "done", 4);
    } else if (strcmp(http_path(request), "/echo") == 0) {
        http_answer(request, 200, "text/plain", http_body(request), http_body_size(request));
    } else {
        answer_facts(request);
    }
}

static char *make_body(int status)
{
    char text[64];

    snprintf(text, sizeof(text), "{\"error\":%d}", status);
    return own_copy(text);
}

static void add_cors(void *self, struct http_request *request)
{
    (void)self;
    http_answer_header(request, "X-Cors", or_none(http_header(request, "Origin")));
}

static void open_with(struct stage *stage, const char *address, const struct http_limits *limits)
{
    memset(stage, 0, sizeof(*stage));
    stage->loop = zloop_new();
    stage->timers = timers_new();
    timers_attach(stage->timers, stage->loop);
    stage->server =
        http_server_new(stage->loop, stage->timers, address, limits, on_test_request, stage);
    assert_non_null(stage->server);
    http_server_set_errors(stage->server, make_body);
}

static void open_stage(struct stage *stage)
{
    open_with(stage, "127.0.0.1:0", &small_limits);
}

static void close_stage(struct stage *stage)
{
    http_server_destroy(&stage->server);
    assert_null(stage->server);
    zloop_destroy(&stage->loop);
    timers_destroy(&stage->timers);
}

/* ---- the client's side ---- */

static int on_guard(zloop_t *loop, int timer, void *self)
{
    (void)loop;
    (void)timer;
    *(bool *)self = true;
    return -1;
}

/* Turns the loop until a callback ends it. */
static void turn(struct stage *stage)
{
    bool is_late = false;
    int guard = zloop_timer(stage->loop, 20000, 1, on_guard, &is_late);

    zloop_start(stage->loop);
    zloop_timer_end(stage->loop, guard);
    assert_false(is_late);
}

static int on_client(zloop_t *loop, zmq_pollitem_t *item, void *self)
{
    struct client *client = self;
    ssize_t size =
        recv(item->fd, client->in + client->size, sizeof(client->in) - 1 - client->size, 0);

    (void)loop;
    if (size <= 0)
        client->is_closed = true;
    else
        client->size += (size_t)size;
    client->in[client->size] = '\0';
    return client->is_closed || strstr(client->in, client->awaited) ? -1 : 0;
}

static int connect_to(const struct stage *stage, int family)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
    int fd = socket(family, SOCK_STREAM, 0);

    v4.sin_port = htons((uint16_t)http_server_port(stage->server));
    v6.sin6_port = v4.sin_port;
    const void *address = family == AF_INET ? (const void *)&v4 : &v6;
    assert_int_equal(
        connect(fd, address, family == AF_INET ? (socklen_t)sizeof(v4) : (socklen_t)sizeof(v6)), 0);
    return fd;
}

static void dial(struct client *client, struct stage *stage)
{
    memset(client, 0, sizeof(*client));
    client->stage = stage;
    client->fd = connect_to(stage, AF_INET);
}

static void hang_up(struct client *client)
{
    close(client->fd);
}

static void say_bytes(struct client *client, const char *text, size_t size)
{
    assert_int_equal(send(client->fd, text, size, MSG_NOSIGNAL), size);
}

static void say(struct client *client, const char *text)
{
    say_bytes(client, text, strlen(text));
}

/* Reads until this text has come, or the end. Returns whether it has. */
static bool hears(struct client *client, const char *text)
{
    zmq_pollitem_t item = {.fd = client->fd, .events = ZMQ_POLLIN};

    client->awaited = text;
    if (strstr(client->in, text))
        return true;
    if (client->is_closed)
        return false;
    zloop_poller(client->stage->loop, &item, on_client, client);
    zloop_poller_set_tolerant(client->stage->loop, &item); /* a hang-up is to be read, too */
    turn(client->stage);
    zloop_poller_end(client->stage->loop, &item);
    return strstr(client->in, text) != NULL;
}

/* Reads to the end of the connection. */
static void hear_all(struct client *client)
{
    assert_false(hears(client, "\x01 never sent"));
    assert_true(client->is_closed);
}

static void forget(struct client *client)
{
    client->size = 0;
    client->in[0] = '\0';
}

static int on_tick(zloop_t *loop, int timer, void *self)
{
    const struct stage *stage = self;

    (void)loop;
    (void)timer;
    return stage->waiting_count >= stage->awaited_count ? -1 : 0;
}

/* Turns the loop until so many requests wait. */
static void await_waiting(struct stage *stage, size_t count)
{
    int timer = zloop_timer(stage->loop, 1, 0, on_tick, stage);

    stage->awaited_count = count;
    turn(stage);
    zloop_timer_end(stage->loop, timer);
}

static bool has(const struct client *client, const char *text)
{
    return strstr(client->in, text) != NULL;
}

/* ---- tests ---- */

static void two_requests_share_a_connection(void **state)
{
    static struct stage stage;
    static struct client client;

    (void)state;
    open_stage(&stage);
    dial(&client, &stage);
    for (int i = 0; i < 2; i++) {
        forget(&client);
        say(&client, "GET /facts HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_true(hears(&client, "GET|/facts|"));
        assert_true(has(&client, "HTTP/1.1 200 OK\r\n"));
        assert_false(has(&client, "Connection: close"));
    }
    hang_up(&client);
    close_stage(&stage);
}

static void what_a_request_brings_can_be_read(void **state)
{
    static const struct {
        const char *request, *facts;
    } cases[] = {
        {"GET /a%20b/%C3%B5?a=x+y%2B%26&b= HTTP/1.1\r\nHost: x\r\nx-thing: v\r\n"
         "Cookie: one=1; chatJwt=ab.cd-_.ef; other=\"q\"\r\n\r\n",
         "GET|/a b/\xc3\xb5|x y+&||v|ab.cd-_.ef|q|127.0.0.1|0"},
        {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET|/|(none)|(none)|(none)|(none)|(none)|127"},
        {"GET /?a HTTP/1.1\r\nHost: x\r\n\r\n", "GET|/|(none)|(none)|"},
        {"GET /?b=2&a=1&a=3#f HTTP/1.1\r\nHost: x\r\n\r\n", "GET|/|1|2|"},
        {"PURGE / HTTP/1.1\r\nHost: somewhere.else:99\r\n\r\n", "PURGE|/|"},
        {"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n", "|1.2.3.4|0"},
        {"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 9.9.9.9, ::2\r\n\r\n", "|::2|0"},
        {"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 6.6.6.6\r\n"
         "X-Forwarded-For: 1.2.3.4\r\n\r\n",
         "|1.2.3.4|0"},
        {"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 6.6.6.6, <b>\r\n\r\n", "|127.0.0.1|0"},
        {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", "\r\n\r\nhello"},
        {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
         "3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
         "\r\n\r\nhello"},
        {"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "POST|/x|"},
        {"GET /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", "|127.0.0.1|2"},
    };
    static struct stage stage;
    static struct client client;

    (void)state;
    open_stage(&stage);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        dial(&client, &stage);
        say(&client, cases[i].request);
        if (!hears(&client, cases[i].facts))
            fail_msg("case %zu: %s", i, client.in);
        hang_up(&client);
    }
    close_stage(&stage);
}

static void an_answer_has_its_headers_in_order(void **state)
{
    static struct stage stage;
    static struct client client;

    (void)state;
    open_stage(&stage);
    dial(&client, &stage);
    say(&client, "GET /facts HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(hears(&client, "GET|/facts|"));
    assert_true(has(&client, "Content-Type: text/plain\r\n"));
    assert_true(has(&client, "X-One: 1\r\n"));
    assert_true(has(&client, "Set-Cookie: a=1\r\n"));
    assert_true(has(&client, "Set-Cookie: b=2\r\n"));
    hang_up(&client);
    close_stage(&stage);
}

static void head_gets_the_length_and_no_body(void **state)
{
    static struct stage stage;
    static struct client client;

    (void)state;
    open_stage(&stage);
    dial(&client, &stage);
    say(&client, "HEAD /facts HTTP/1.1\r\nHost: x\r\n\r\nGET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(hears(&client, "Content-Length: 0\r\n"));
    assert_true(has(&client, "Content-Length: 5")); /* of the HEAD */
    assert_false(has(&client, "HEAD|"));
    hang_up(&client);
    close_stage(&stage);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    static struct stage stage;
    static struct client client;

    (void)state;
    open_stage(&stage);
    dial(&client, &stage);
    say(&client, "POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab"
                 "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nsecondGET /third"
                 " HTTP/1.1\r\nHost: x\r\n\r\n");
    await_waiting(&stage, 1);
    http_answer(stage.waiting[0], 200, NULL, "first", 5);
    assert_true(hears(&client, "GET|/third|"));
    const char *first = strstr(client.in, "first"), *second = strstr(client.in, "second");
    assert_true(first && second && first < second && second < strstr(client.in, "GET|/third|"));
    hang_up(&client);
    close_stage(&stage);
}

static void a_request_may_come_byte_by_byte(void **state)
{
    static const char request[] =
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nslow!";
    static struct stage stage;
    static struct client client, spare; /* whose requests turn the loop in between */
    int on = 1;

    (void)state;
    open_stage(&stage);
    dial(&client, &stage);
    setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    for (size_t i = 0; i < sizeof(request) - 1; i++) {
        say_bytes(&client, request + i, 1);
        if (i % 16)
            continue;
        dial(&spare, &stage);
        say(&spare, "GET / HTTP/1.0\r\n\r\n");
        hear_all(&spare);
        hang_up(&spare);
    }
    assert_true(hears(&client, "\r\n\r\nslow!"));
    hang_up(&client);
    close_stage(&stage);
}

static void a_body_over_the_limit_gets_413(void **state)
{
    static struct stage stage;
    static struct client client;
    static char body[BODY_SIZE + 2];
    char head[128];

    (void)state;
    open_stage(&stage);
    memset(body, 'x', sizeof(body) - 1);
    body[sizeof(body) - 1] = '\0';
    dial(&client, &stage);
    snprintf(head, sizeof(head), "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n",
             BODY_SIZE + 1);
    say(&client, head);
    say(&client, body);
    assert_true(hears(&client, "{\"error\":413}"));
    assert_true(has(&client, "HTTP/1.1 413 "));
    assert_true(has(&client, "Content-Type: application/json;charset=UTF-8\r\n"));
    forget(&client); /* and the connection goes on */
    snprintf(head, sizeof(head),
             "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n",
             BODY_SIZE + 1);
    say(&client, head);
    say(&client, body);
    say(&client, "\r\n0\r\n\r\n");
    assert_true(hears(&client, "{\"error\":413}"));
    forget(&client);
    body[BODY_SIZE] = '\0'; /* as much as is allowed */
    snprintf(head, sizeof(head), "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n",
             BODY_SIZE);
    say(&client, head);
    say(&client, body);
    assert_true(hears(&client, body));
    hang_up(&client);
    close_stage(&stage);
}

static void a_body_may_be_larger_than_the_memory_of_a_head(void **state)
{
    enum { SIZE = 65536 };
    struct http_limits limits = small_limits;
    static struct stage stage;
    static struct client client;
    static char body[SIZE + 1];

    (void)state;
    limits.body_size = SIZE;
    open_with(&stage, "127.0.0.1:0", &limits);
    for (size_t i = 0; i < SIZE; i++)
        body[i] = (char)('a' + i * i % 26);
    dial(&client, &stage);
    for (int i = 0; i < 2; i++) {
        forget(&client);
        say(&client, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 65536\r\n\r\n");
        say(&client, body);
        assert_true(hears(&client, body));
    }
    hang_up(&client);
    close_stage(&stage);
}

static void a_huge_body_is_not_awaited(void **state)
{
    static struct stage stage;
    static struct client client;

    (void)state;
    open_stage(&stage);
    dial(&client, &stage);
    say(&client, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\nx");
    assert_true(hears(&client, "{\"error\":413}"));
    hear_all(&client);
    hang_up(&client);
    dial(&client, &stage);
    say(&client, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n"
                 "Expect: 100-continue\r\n\r\n");
    assert_true(hears(&client, "{\"error\":413}"));
    assert_false(has(&client, "100 Continue"));
    hang_up(&client);
    dial(&client, &stage);
    say(&client, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 2000 && !client.is_closed; i++) { /* without end */
        char chunk[4 + 16 + 3] = "10\r\n0123456789abcdef\r\n";
        if (send(client.fd, chunk, strlen(chunk), MSG_NOSIGNAL) == -1)
            break;
    }
    hear_all(&client);
    assert_false(has(&client, "200 OK"));
    hang_up(&client);
    close_stage(&stage);
}

static const struct {
    const char *request, *answer;
} broken[] = {
    {"GET / HTTP/1.1\r\n\r\n", " 400 "}, /* no Host */
    {"rubbish\r\n\r\n", NULL},
    {"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", " 400 "},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", " 400 "},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1x\r\n\r\n", " 400 "},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", " 413 "},
    {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", " 400 "},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
     "0\r\n\r\nGET /facts HTTP/1.1\r\nHost: x\r\n\r\n",
     " 400 "},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 1\r\n\r\nabcde", " 400 "},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", " 400 "},
    {"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n", " 400 "},
    {"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", " 400 "},
    {"GET /a%00b HTTP/1.0\r\n\r\n", "{\"error\":400}"},
    {"GET /?a=%00 HTTP/1.0\r\n\r\n", "{\"error\":400}"},
};

static void a_broken_request_is_refused_and_the_server_goes_on(void **state)
{
    static struct stage stage;
    static struct client client;

    (void)state;
    open_stage(&stage);
    for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
        dial(&client, &stage);
        say(&client, broken[i].request);
        shutdown(client.fd, SHUT_WR);
        hear_all(&client);
        if (broken[i].answer ? !has(&client, broken[i].answer) : has(&client, " 200 "))
            fail_msg("case %zu: %s", i, client.in);
        hang_up(&client);
    }
    dial(&client, &stage);
    say(&client, "GET /facts HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(hears(&client, "GET|/facts|"));
    hang_up(&client);
    close_stage(&stage);
}

static void a_head_that_fits_is_taken_and_a_longer_one_gets_431(void **state)
{
    static char request[64 * 1024];
    static struct stage stage;
    static struct client client;

    (void)state;
    open_stage(&stage);
    for (int size = 1500; size <= 40000; size *= 5) {
        dial(&client, &stage);
        int at = snprintf(request, sizeof(request), "GET /facts HTTP/1.1\r\nHost: x\r\nCookie: n=");
        memset(request + at, 'n', (size_t)size);
        snprintf(request + at + size, sizeof(request) - (size_t)(at + size),
                 "; chatJwt=found\r\n\r\n");
        say(&client, request);
        if (!hears(&client, size == 1500 ? "|found|" : " 431 "))
            fail_msg("%d: %s", size, client.in);
        hang_up(&client);
    }
    close_stage(&stage);
}

static void many_requests_wait_and_are_answered_in_any_order(void **state)
{
    enum { MANY = 120 };
    static struct stage stage;
    static struct client clients[MANY];
    struct http_limits limits = small_limits;
    char text[64];

    (void)state;
    limits.answer_ms = 60000;
    open_with(&stage, "127.0.0.1:0", &limits);
    for (size_t i = 0; i < MANY; i++) {
        dial(&clients[i], &stage);
        snprintf(text, sizeof(text), "GET /later?a=%zu. HTTP/1.1\r\nHost: x\r\n\r\n", i);
        say(&clients[i], text);
    }
    await_waiting(&stage, MANY);
    for (size_t i = 0; i < MANY; i++) { /* 7 has no factor in common with 120 */
        struct http_request *request = stage.waiting[i * 7 % MANY];
        char body[32];
        snprintf(body, sizeof(body), "late %s", http_query(request, "a"));
        http_answer(request, 200, NULL, body, strlen(body));
    }
    for (size_t i = 0; i < MANY; i++) {
        snprintf(text, sizeof(text), "late %zu.", i);
        assert_true(hears(&clients[i], text));
        hang_up(&clients[i]);
    }
    close_stage(&stage);
}

static void a_handler_may_answer_other_requests(void **state)
{
    static struct stage stage;
    static struct client waiting[3], freeing;

    (void)state;
    open_stage(&stage);
    for (size_t i = 0; i < 3; i++) {
        dial(&waiting[i], &stage);
        say(&waiting[i], "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    await_waiting(&stage, 3);
    dial(&freeing, &stage);
    say(&freeing, "GET /free-others HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(hears(&freeing, "done"));
    for (size_t i = 0; i < 3; i++) {
        assert_true(hears(&waiting[i], "freed"));
        hang_up(&waiting[i]);
    }
    hang_up(&freeing);
    close_stage(&stage);
}

static void a_client_may_leave_while_its_request_waits(void **state)
{
    static struct stage stage;
    static struct client client;

    (void)state;
    open_stage(&stage);
    for (size_t i = 0; i < 2; i++) {
        dial(&client, &stage);
        say(&client, "GET /later?a=here HTTP/1.1\r\nHost: x\r\n\r\n");
        await_waiting(&stage, i + 1);
        hang_up(&client);
    }
    assert_string_equal(http_path(stage.waiting[0]), "/later");
    http_answer(stage.waiting[0], 200, NULL, "gone", 4); /* the other one is left waiting */
    dial(&client, &stage);
    say(&client, "GET /facts HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(hears(&client, "GET|/facts|"));
    hang_up(&client);
    close_stage(&stage);
}

static void a_request_that_is_not_answered_gets_504(void **state)
{
    static struct stage stage;
    static struct client client;
    int64_t began = clock_monotonic_ms();

    (void)state;
    open_stage(&stage);
    dial(&client, &stage);
    say(&client, "GET /later?a=kept HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(hears(&client, "{\"error\":504}"));
    assert_true(clock_monotonic_ms() - began >= ANSWER_MS);
    assert_true(has(&client, "HTTP/1.1 504 "));
    hang_up(&client);
    dial(&client, &stage); /* the first connection is gone after this */
    say(&client, "GET /facts HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(hears(&client, "GET|/facts|"));
    hang_up(&client);
    assert_string_equal(stage.seen, "kept");
    assert_null(http_query(stage.waiting[0], "b"));
    http_answer_header(stage.waiting[0], "X-Late", "1");
    http_answer(stage.waiting[0], 200, NULL, "too late", 8);
    close_stage(&stage);
}

static void a_late_answer_on_an_open_connection_is_dropped(void **state)
{
    static struct stage stage;
    static struct client client;

    (void)state;
    open_stage(&stage);
    dial(&client, &stage);
    for (size_t i = 0; i < 2; i++) {
        forget(&client);
        say(&client, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_true(hears(&client, "{\"error\":504}"));
        http_answer(stage.waiting[i], 200, NULL, "too late", 8);
    }
    say(&client, "GET /facts HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(hears(&client, "GET|/facts|"));
    assert_false(has(&client, "too late"));
    hang_up(&client);
    close_stage(&stage);
}

static void closing_answers_what_waits_with_503(void **state)
{
    static struct stage stage;
    static struct client clients[20];

    (void)state;
    open_stage(&stage);
    for (size_t i = 0; i < 20; i++) {
        dial(&clients[i], &stage);
        say(&clients[i], "POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx");
    }
    await_waiting(&stage, 20);
    http_server_destroy(&stage.server);
    for (size_t i = 0; i < 20; i++) {
        hear_all(&clients[i]);
        assert_true(has(&clients[i], "HTTP/1.1 503 "));
        assert_true(has(&clients[i], "{\"error\":503}"));
        hang_up(&clients[i]);
    }
    close_stage(&stage);
}

static void closing_forgets_what_is_not_whole(void **state)
{
    static struct stage stage;
    static struct client half, late;

    (void)state;
    open_stage(&stage);
    dial(&half, &stage);
    say(&half, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nxx");
    dial(&late, &stage);
    say(&late, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(hears(&late, "{\"error\":504}")); /* and no answer follows */
    close_stage(&stage);
    hang_up(&half);
    hang_up(&late);
}

static void the_hook_adds_to_own_answers_and_answers_options(void **state)
{
    static struct stage stage;
    static struct client client;

    (void)state;
    open_stage(&stage);
    http_server_before_answer(stage.server, add_cors);
    dial(&client, &stage);
    say(&client, "OPTIONS /later HTTP/1.1\r\nHost: x\r\nOrigin: http://o\r\n\r\n");
    assert_true(hears(&client, "X-Cors: http://o\r\n"));
    assert_true(has(&client, "HTTP/1.1 204 "));
    assert_int_equal(stage.waiting_count, 0);
    forget(&client);
    say(&client, "GET /later HTTP/1.1\r\nHost: x\r\nOrigin: http://o\r\n\r\n");
    await_waiting(&stage, 1);
    http_answer_header(stage.waiting[0], "X-Cors", "by the handler");
    assert_true(hears(&client, "{\"error\":504}"));
    assert_true(has(&client, "X-Cors: http://o\r\n"));
    assert_false(has(&client, "by the handler"));
    http_answer(stage.waiting[0], 200, NULL, "", 0);
    forget(&client);
    say(&client, "GET /facts HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(hears(&client, "GET|/facts|"));
    assert_false(has(&client, "X-Cors"));
    hang_up(&client);
    close_stage(&stage);
}

static void an_idle_connection_is_closed(void **state)
{
    struct http_limits limits = small_limits;
    static struct stage stage;
    static struct client client;

    (void)state;
    limits.idle_s = 1;
    open_with(&stage, "127.0.0.1:0", &limits);
    dial(&client, &stage);
    say(&client, "GET /facts HTTP/1.1\r\nHost: x\r\n\r\n");
    hear_all(&client);
    assert_true(has(&client, "GET|/facts|"));
    hang_up(&client);
    close_stage(&stage);
}

static void one_address_gets_no_more_than_its_connections(void **state)
{
    struct http_limits limits = small_limits;
    static struct stage stage;
    static struct client clients[3];

    (void)state;
    limits.per_address = 2;
    open_with(&stage, "127.0.0.1:0", &limits);
    for (size_t i = 0; i < 3; i++) {
        dial(&clients[i], &stage);
        say(&clients[i], "GET /facts HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_int_equal(hears(&clients[i], "GET|/facts|"), i < 2);
    }
    for (size_t i = 0; i < 3; i++)
        hang_up(&clients[i]);
    close_stage(&stage);
}

static void it_listens_on_ipv6_too(void **state)
{
    static struct stage stage;
    static struct client client;

    (void)state;
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 loopback = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
    bool has_ipv6 = fd != -1 && bind(fd, (const void *)&loopback, sizeof(loopback)) == 0;
    close(fd);
    if (!has_ipv6)
        skip();
    open_with(&stage, "[::1]:0", &small_limits);
    memset(&client, 0, sizeof(client));
    client.stage = &stage;
    client.fd = connect_to(&stage, AF_INET6);
    say(&client, "GET /facts HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(hears(&client, "|::1|0"));
    hang_up(&client);
    close_stage(&stage);
}

static void what_cannot_be_listened_on_is_refused(void **state)
{
    static const char *const addresses[] = {"",
                                            "8080",
                                            ":8080",
                                            "127.0.0.1",
                                            "127.0.0.1:",
                                            "127.0.0.1:http",
                                            "::1:8080",
                                            "[::1]",
                                            "[::1:8080",
                                            "[]:8080",
                                            "[:8080",
                                            "example.ee:80",
                                            "192.0.2.1:0",
                                            "127.0.0.1:99999"};
    static struct stage stage;
    char taken[64];

    (void)state;
    open_stage(&stage);
    for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++)
        if (http_server_new(stage.loop, stage.timers, addresses[i], &small_limits, on_test_request,
                            &stage))
            fail_msg("%s", addresses[i]);
    snprintf(taken, sizeof(taken), "127.0.0.1:%d", http_server_port(stage.server));
    assert_null(
        http_server_new(stage.loop, stage.timers, taken, &small_limits, on_test_request, &stage));
    close_stage(&stage);
}

static void the_metrics_say_what_happened(void **state)
{
    static const char *const lines[] = {"\nkratt_http_requests_total ",
                                        "\nkratt_http_answers_total{class=\"2xx\"} ",
                                        "\nkratt_http_answers_total{class=\"5xx\"} ",
                                        "\nkratt_http_too_large_total ",
                                        "\nkratt_http_timed_out_total ",
                                        "\nkratt_http_connections 1\n"};
    static struct stage stage;
    static struct client client;

    (void)state;
    open_stage(&stage);
    dial(&client, &stage);
    say(&client, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(hears(&client, "{\"error\":504}"));
    http_answer(stage.waiting[0], 200, NULL, "", 0);
    forget(&client);
    say(&client, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n"
                 "Expect: 100-continue\r\n\r\n");
    hear_all(&client);
    hang_up(&client);
    dial(&client, &stage);
    say(&client, "GET /facts HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(hears(&client, "GET|/facts|"));
    char *text = metrics_text();
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        const char *line = strstr(text, lines[i]);
        if (!line || strtol(line + strlen(lines[i]) - (i == 5 ? 2 : 0), NULL, 10) < 1)
            fail_msg("%s in %s", lines[i], text);
    }
    free(text);
    hang_up(&client);
    close_stage(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_requests_share_a_connection),
        cmocka_unit_test(what_a_request_brings_can_be_read),
        cmocka_unit_test(an_answer_has_its_headers_in_order),
        cmocka_unit_test(head_gets_the_length_and_no_body),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(a_request_may_come_byte_by_byte),
        cmocka_unit_test(a_body_over_the_limit_gets_413),
        cmocka_unit_test(a_body_may_be_larger_than_the_memory_of_a_head),
        cmocka_unit_test(a_huge_body_is_not_awaited),
        cmocka_unit_test(a_broken_request_is_refused_and_the_server_goes_on),
        cmocka_unit_test(a_head_that_fits_is_taken_and_a_longer_one_gets_431),
        cmocka_unit_test(many_requests_wait_and_are_answered_in_any_order),
        cmocka_unit_test(a_handler_may_answer_other_requests),
        cmocka_unit_test(a_client_may_leave_while_its_request_waits),
        cmocka_unit_test(a_request_that_is_not_answered_gets_504),
        cmocka_unit_test(a_late_answer_on_an_open_connection_is_dropped),
        cmocka_unit_test(closing_answers_what_waits_with_503),
        cmocka_unit_test(closing_forgets_what_is_not_whole),
        cmocka_unit_test(the_hook_adds_to_own_answers_and_answers_options),
        cmocka_unit_test(an_idle_connection_is_closed),
        cmocka_unit_test(one_address_gets_no_more_than_its_connections),
        cmocka_unit_test(it_listens_on_ipv6_too),
        cmocka_unit_test(what_cannot_be_listened_on_is_refused),
        cmocka_unit_test(the_metrics_say_what_happened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
