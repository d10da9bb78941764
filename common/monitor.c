#include "monitor.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "http.h"
#include "metrics.h"
#include "own.h"
#include "service.h"

static const char as_text[] = "text/plain; charset=utf-8";
static const char as_json[] = "application/json";
static const char as_metrics[] = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/* Health checks and one scraper; whoever else comes has to wait. */
static const struct http_limits limits = {
    .connections = 64, .idle_s = 60, .head_size = 16384, .body_size = 4096, .answer_ms = 5000};

struct monitor {
    const struct vitals *vitals;
    struct http_server *server;
    char address[256];
};

static struct metric up = {"kratt_up", METRIC_GAUGE, "1 while the loop of the process turns.", NULL,
                           1,          NULL};
static struct metric ready = {
    "kratt_ready", METRIC_GAUGE, "1 while the process can do its work.", NULL, 0, NULL};
static struct metric start_time = {"process_start_time_seconds",
                                   METRIC_GAUGE,
                                   "When the process started, in seconds since 1970.",
                                   NULL,
                                   0,
                                   NULL};
static struct metric memory = {
    "process_resident_memory_bytes", METRIC_GAUGE, "Memory in use.", NULL, 0, NULL};
static struct metric descriptors = {
    "process_open_fds", METRIC_GAUGE, "Open file descriptors.", NULL, 0, NULL};

void vitals_tell(const struct vitals *vitals, const char *name, bool works, struct component *self)
{
    self->name = own_copy(name);
    self->version = own_copy(works ? KRATT_VERSION : "");
    if (!works)
        return;
    self->service = own_copy(vitals->service);
    self->packaged_at = (int64_t)KRATT_PACKAGED_S * 1000;
    self->started_at = vitals->started_at;
}

char *component_json(const struct component *component)
{
    json_t *fields =
        json_pack("{s:s+, s:s, s:I, s:I, s:I}", "appName", "kratt-",
                  component->service ? component->service : "", "version",
                  component->version ? component->version : "", "packagingTime",
                  (json_int_t)component->packaged_at, "appStartTime",
                  (json_int_t)component->started_at, "serverTime", (json_int_t)clock_wall_ms());
    char *text = fields ? json_dumps(fields, JSON_COMPACT) : NULL;

    json_decref(fields);
    if (!text)
        abort(); /* out of memory; all is text that was checked */
    return text;
}

char *vitals_json(const struct vitals *vitals)
{
    struct component self = {.name = NULL};

    vitals_tell(vitals, "", true, &self);
    char *text = component_json(&self);
    message_clear(&message_types[MESSAGE_component], &self);
    return text;
}

static int64_t resident_bytes(void)
{
    char text[128] = "";
    char *resident;
    FILE *file = fopen("/proc/self/statm", "re");

    if (!file)
        return 0;
    if (!fgets(text, sizeof(text), file))
        text[0] = '\0';
    fclose(file);
    (void)strtoll(text, &resident, 10); /* the whole size comes first */
    return strtoll(resident, NULL, 10) * sysconf(_SC_PAGESIZE);
}

static int count_descriptor(const struct dirent *entry)
{
    descriptors.value += entry->d_name[0] != '.';
    return 0; /* nothing is kept of it */
}

static void count_descriptors(void)
{
    struct dirent **kept = NULL;

    descriptors.value = -1; /* that of the folder itself is not counted */
    if (scandir("/proc/self/fd", &kept, count_descriptor, alphasort) == -1)
        descriptors.value = 0;
    free(kept);
}

static void answer(struct http_request *request, int status, const char *type, const char *text)
{
    http_answer(request, status, type, text, strlen(text));
}

static void on_livez(struct monitor *self, struct http_request *request)
{
    (void)self; /* whoever answers lives */
    answer(request, 200, as_text, "ok\n");
}

static void on_readyz(struct monitor *self, struct http_request *request)
{
    char text[REASON_SIZE + 1];

    snprintf(text, sizeof(text), "%s\n", self->vitals->ready ? "ok" : self->vitals->why);
    answer(request, self->vitals->ready ? 200 : 503, as_text, text);
}

static void on_healthz(struct monitor *self, struct http_request *request)
{
    char *text = vitals_json(self->vitals);

    answer(request, self->vitals->ready ? 200 : 503, as_json, text);
    free(text);
}

static void on_metrics(struct monitor *self, struct http_request *request)
{
    start_time.value = self->vitals->started_at / 1000;
    ready.value = self->vitals->ready;
    memory.value = resident_bytes();
    count_descriptors();
    char *text = metrics_text();
    answer(request, 200, as_metrics, text);
    free(text);
}

static const struct page {
    const char *path;
    bool post; /* allowed as well as GET and HEAD */
    void (*handle)(struct monitor *self, struct http_request *request);
} pages[] = {
    {"/livez", false, on_livez},
    {"/readyz", false, on_readyz},
    {"/healthz", true, on_healthz}, /* contract §10: asked as GET and as POST */
    {"/metrics", false, on_metrics},
};

static bool allows(const struct page *page, const char *method)
{
    return streq(method, "GET") || streq(method, "HEAD") || (page->post && streq(method, "POST"));
}

static void on_monitor_request(void *arg, struct http_request *request)
{
    const char *path = http_path(request);

    for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
        if (strneq(pages[i].path, path))
            continue;
        if (allows(&pages[i], http_method(request))) {
            pages[i].handle(arg, request);
            return;
        }
        http_answer_header(request, "Allow", pages[i].post ? "GET, HEAD, POST" : "GET, HEAD");
        answer(request, 405, as_text, "method not allowed\n");
        return;
    }
    answer(request, 404, as_text, "not found\n");
}

static void show_metrics(void)
{
    metrics_add(&up);
    metrics_add(&ready);
    metrics_add(&start_time);
    metrics_add(&memory);
    metrics_add(&descriptors);
}

struct monitor *monitor_new(zloop_t *loop, struct timers *timers, const char *address,
                            const struct vitals *vitals)
{
    struct monitor *self = own_zero(sizeof(*self));
    const char *colon = strrchr(address, ':');

    show_metrics();
    self->vitals = vitals;
    self->server = http_server_new(loop, timers, address, &limits, on_monitor_request, self);
    if (!self->server) {
        free(self);
        return NULL;
    }
    snprintf(self->address, sizeof(self->address), "%.*s:%d", colon ? (int)(colon - address) : 0,
             address, http_server_port(self->server));
    return self;
}

void monitor_destroy(struct monitor **self_p)
{
    if (!*self_p)
        return;
    http_server_destroy(&(*self_p)->server);
    free(*self_p);
    *self_p = NULL;
}

const char *monitor_address(const struct monitor *self)
{
    return self->address;
}
