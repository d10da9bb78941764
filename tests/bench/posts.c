/* posts - one round of what people do to the five services together: write into
 * chats whose streams are open, or read what needs no database. Prints
 * "name value" lines; posts.sh compares them with those of the peers.
 *
 * Usage: posts [options] JOB
 *   -r PORT of rest-ingress   -s PORT of sse-gateway
 *   -n N    chats, each with one stream of its own
 *   -c N    connections       -t N    seconds
 *   -q N    posts a second    -m N    characters a message
 *   -u PATH what is read
 * JOB is write (each connection posts again when it was answered), pace (so
 * many posts a second, whoever is behind) or read.
 *
 * Every message that was acknowledged must arrive once at its reader, or the
 * round fails. */
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients.h"
#include "clock.h"
#include "lines.h"
#include "now.h"
#include "own.h"

enum {
    SECOND = 1000000, /* times are microseconds of the monotonic clock */
    POSTS_MAX = 4000000,
    OPENING_LINES = 16,
    PATIENCE_US = 60 * SECOND,
    REQUEST_SIZE = 8 * 1024,
    CONTENT_SIZE = 3072,
    FREE = -1,
};

struct options {
    int rest_port, stream_port;
    size_t chats, connections, characters;
    int64_t seconds, rate;
    const char *path;
};

/* One message that is on its way. */
struct post {
    int64_t begun; /* when it was to be sent */
    uint32_t answer_us, frame_us;
    bool is_delivered;
};

struct run {
    struct options options;
    struct lines *lines;
    struct clients *clients;
    char **cookies; /* of the chats */
    size_t asked;   /* chats that were asked for, and */
    size_t opened;  /* those that there are */
    int64_t *work;  /* of each line: which chat or post; FREE: none */
    struct post *posts;
    int64_t posted, answered, delivered; /* posted: also the number of the last */
    int64_t due;                         /* posts that should have been sent by now */
    int64_t begin, end;
};

static void die(const char *what)
{
    fprintf(stderr, "posts: %s\n", what);
    exit(EXIT_FAILURE);
}

static void say(const char *name, double value)
{
    printf("%s %.3f\n", name, value);
}

/* Sleeps until something has come, or until then. */
static void turn(struct run *self, int64_t until)
{
    struct pollfd fds[] = {{lines_fd(self->lines), POLLIN, 0}, {-1, POLLIN, 0}};
    int64_t left = until - now_us();
    struct timespec timeout = {left / SECOND, left % SECOND * 1000};

    if (self->clients)
        fds[1].fd = clients_fd(self->clients);
    if (left > 0)
        (void)ppoll(fds, 2, &timeout, NULL);
    lines_turn(self->lines);
    if (self->clients)
        (void)clients_turn(self->clients);
}

/* ---- requests ---- */

static void send_request(struct run *self, size_t line, const char *what, const char *cookie,
                         const char *body)
{
    char request[REQUEST_SIZE];
    int size = snprintf(request, sizeof(request),
                        "%s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                        "Cookie: %s\r\nContent-Length: %zu\r\n\r\n%s",
                        what, cookie, strlen(body), body);

    if (size < 0 || (size_t)size >= sizeof(request))
        die("a request is too long");
    lines_send(self->lines, line, request, (size_t)size);
}

/* ---- opening chats ---- */

static void ask_for_chat(struct run *self, size_t line)
{
    if (self->asked == self->options.chats)
        return;
    self->work[line] = (int64_t)self->asked++;
    send_request(self, line, "POST /init-chat", "none=",
                 "{\"message\":{\"content\":\"Tere!\"},\"endUserTechnicalData\":"
                 "{\"endUserOs\":\"Linux\",\"endUserUrl\":\"https://www.example.ee/\"}}");
}

static void on_chat(void *arguments, size_t line, const char *answer)
{
    static const char field[] = "Set-Cookie: ";
    struct run *self = arguments;
    const char *cookie = strstr(answer, field);

    if (!cookie)
        die("a new chat came without a cookie");
    cookie += sizeof(field) - 1;
    self->cookies[self->work[line]] = own_copy_of(cookie, strcspn(cookie, ";\r"));
    self->work[line] = FREE;
    self->opened++;
    ask_for_chat(self, line);
}

static void make_lines(struct run *self, size_t count, on_line_answer *on_answer)
{
    if (self->lines)
        lines_destroy(&self->lines);
    self->lines = lines_new(self->options.rest_port, count, on_answer, self);
    self->work = own_grow(self->work, count * sizeof(*self->work));
    for (size_t i = 0; i < count; i++)
        self->work[i] = FREE;
}

static void open_chats(struct run *self)
{
    self->cookies = own_zero(self->options.chats * sizeof(*self->cookies));
    make_lines(self, OPENING_LINES, on_chat);
    for (size_t i = 0; i < OPENING_LINES; i++)
        ask_for_chat(self, i);
    while (self->opened < self->options.chats)
        turn(self, now_us() + SECOND);
}

/* ---- reading the streams ---- */

static void write_stream_request(void *arguments, msgpack_sbuffer *out, size_t client)
{
    const struct run *self = arguments;
    char request[REQUEST_SIZE];
    int size = snprintf(request, sizeof(request),
                        "GET /events/get-new-messages HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                        "Cookie: %s\r\n\r\n",
                        self->cookies[client]);

    msgpack_sbuffer_write(out, request, (size_t)size);
}

static void on_frame(void *arguments, size_t client, int64_t number)
{
    struct run *self = arguments;

    if (number < 1 || number > self->posted || client != (size_t)number % self->options.chats)
        die("a frame came to a reader that it is not for");
    struct post *post = &self->posts[number];
    if (post->is_delivered)
        die("a frame came twice");
    post->is_delivered = true;
    post->frame_us = (uint32_t)(now_us() - post->begun);
    self->delivered++;
}

static void open_streams(struct run *self)
{
    const struct clients_hooks hooks = {write_stream_request, on_frame, self};
    int64_t end = now_us() + PATIENCE_US;

    self->posts = own_zero((POSTS_MAX + 1) * sizeof(*self->posts));
    self->clients = clients_new(self->options.stream_port, self->options.chats, &hooks);
    clients_open(self->clients, self->options.chats, self->options.chats);
    while (clients_ready(self->clients) < self->options.chats) {
        if (clients_gone(self->clients) || now_us() > end)
            die("a stream did not open");
        turn(self, now_us() + SECOND);
    }
}

/* ---- posting ---- */

static void write_content(const struct run *self, int64_t number, char content[CONTENT_SIZE])
{
    int size = snprintf(content, CONTENT_SIZE, "~%" PRId64 ";", number);

    for (size_t i = (size_t)size; i < self->options.characters; i++)
        content[i] = 'x';
    content[self->options.characters] = '\0';
}

/* The chats take turns, so no two messages of a chat have the same time. */
static void post_message(struct run *self, size_t line, int64_t begun)
{
    int64_t number = ++self->posted;
    char content[CONTENT_SIZE], body[2 * CONTENT_SIZE], iso[ISO_TIME_SIZE];

    if (number > POSTS_MAX)
        die("too many posts");
    self->posts[number].begun = begun;
    self->work[line] = number;
    write_content(self, number, content);
    iso_time_format(clock_wall_ms(), iso);
    snprintf(body, sizeof(body),
             "{\"content\":\"%s\",\"authorTimestamp\":\"%s\",\"authorRole\":\"end-user\"}", content,
             iso);
    send_request(self, line, "POST /post-message",
                 self->cookies[(size_t)number % self->options.chats], body);
}

/* A line that is free posts at once, or what is due. */
static void post_if_due(struct run *self, size_t line)
{
    int64_t now = now_us(), rate = self->options.rate;

    if (rate == 0 && now < self->end)
        post_message(self, line, now);
    else if (rate && self->posted < self->due)
        post_message(self, line, self->begin + self->posted * SECOND / rate);
}

static void on_posted(void *arguments, size_t line, const char *answer)
{
    struct run *self = arguments;
    struct post *post = &self->posts[self->work[line]];

    (void)answer;
    post->answer_us = (uint32_t)(now_us() - post->begun);
    self->answered++;
    self->work[line] = FREE;
    post_if_due(self, line);
}

static void post_on_free_lines(struct run *self)
{
    for (size_t i = 0; i < self->options.connections; i++)
        if (self->work[i] == FREE)
            post_if_due(self, i);
}

static void await_frames(struct run *self)
{
    int64_t end = now_us() + PATIENCE_US;

    while (self->answered < self->posted || self->delivered < self->posted) {
        if (now_us() > end || clients_gone(self->clients))
            die("a message that was acknowledged did not arrive");
        turn(self, now_us() + SECOND);
    }
}

/* ---- what is said of it ---- */

static int compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return left < right ? -1 : left > right;
}

static void say_quantiles(uint32_t *us, size_t count, const char *name)
{
    size_t middle = count / 2, high = count * 99 / 100;
    char text[32];

    qsort(us, count, sizeof(*us), compare);
    snprintf(text, sizeof(text), "%s_p50_ms", name);
    say(text, us[middle] / 1000.0);
    snprintf(text, sizeof(text), "%s_p99_ms", name);
    say(text, us[high] / 1000.0);
}

static void say_times(const struct run *self)
{
    size_t count = (size_t)self->posted;
    uint32_t *us = own_zero(count * sizeof(*us));

    for (size_t i = 0; i < count; i++)
        us[i] = self->posts[i + 1].answer_us;
    say_quantiles(us, count, "answer");
    for (size_t i = 0; i < count; i++)
        us[i] = self->posts[i + 1].frame_us;
    say_quantiles(us, count, "frame");
    free(us);
}

/* ---- the jobs ---- */

static void begin(struct run *self, on_line_answer *on_answer)
{
    make_lines(self, self->options.connections, on_answer);
    self->begin = now_us();
    self->end = self->begin + self->options.seconds * SECOND;
}

static void job_write(struct run *self)
{
    open_chats(self);
    open_streams(self);
    begin(self, on_posted);
    post_on_free_lines(self);
    while (now_us() < self->end)
        turn(self, self->end);
    int64_t answered = self->answered;
    await_frames(self);
    say("per_second", (double)answered / (double)self->options.seconds);
    say_times(self);
}

static void job_pace(struct run *self)
{
    int64_t all = self->options.rate * self->options.seconds;

    open_chats(self);
    open_streams(self);
    begin(self, on_posted);
    while (self->posted < all) {
        self->due = (now_us() - self->begin) * self->options.rate / SECOND + 1;
        if (self->due > all)
            self->due = all;
        post_on_free_lines(self);
        turn(self, self->begin + self->due * SECOND / self->options.rate);
    }
    await_frames(self);
    say_times(self);
}

static void read_once(struct run *self, size_t line)
{
    char what[REQUEST_SIZE / 2];

    snprintf(what, sizeof(what), "GET %s", self->options.path);
    send_request(self, line, what, "none=", "");
}

static void on_read(void *arguments, size_t line, const char *answer)
{
    struct run *self = arguments;

    (void)answer;
    self->answered++;
    read_once(self, line);
}

static void job_read(struct run *self)
{
    begin(self, on_read);
    for (size_t i = 0; i < self->options.connections; i++)
        read_once(self, i);
    while (now_us() < self->end)
        turn(self, self->end);
    say("per_second", (double)self->answered / (double)self->options.seconds);
}

/* ---- the command line ---- */

static const struct {
    const char *name;
    void (*run)(struct run *self);
} jobs[] = {{"write", job_write}, {"pace", job_pace}, {"read", job_read}};

static int64_t number(const char *text)
{
    return strtoll(text, NULL, 10);
}

static void take_option(struct options *options, int option, const char *text)
{
    switch (option) {
    case 'r':
        options->rest_port = (int)number(text);
        return;
    case 's':
        options->stream_port = (int)number(text);
        return;
    case 'n':
        options->chats = (size_t)number(text);
        return;
    case 'c':
        options->connections = (size_t)number(text);
        return;
    case 't':
        options->seconds = number(text);
        return;
    case 'q':
        options->rate = number(text);
        return;
    case 'm':
        options->characters = (size_t)number(text);
        return;
    case 'u':
        options->path = text;
        return;
    default:
        exit(EXIT_FAILURE);
    }
}

static void forget(struct run *self)
{
    for (size_t i = 0; i < self->opened; i++)
        free(self->cookies[i]);
    free(self->cookies);
    free(self->posts);
    free(self->work);
    if (self->clients)
        clients_destroy(&self->clients);
    lines_destroy(&self->lines);
}

int main(int argc, char **argv)
{
    struct run self = {
        .options = {
            .chats = 1000, .connections = 32, .characters = 100, .seconds = 8, .path = "/healthz"}};

    for (int option; (option = getopt(argc, argv, "r:s:n:c:t:q:m:u:")) != -1;)
        take_option(&self.options, option, optarg);
    if (self.options.characters >= CONTENT_SIZE)
        die("a message is too long");
    for (size_t i = 0; i < sizeof(jobs) / sizeof(*jobs); i++) {
        if (optind != argc - 1 || strcmp(argv[optind], jobs[i].name) != 0)
            continue;
        jobs[i].run(&self);
        forget(&self);
        return EXIT_SUCCESS;
    }
    die("no such job");
}
