/* rest-ingress - the HTTP door: what browsers ask becomes requests to the
 * services, and their answers become the JSON that browsers know.
 *
 * Takes    HTTP            on KRATT_HTTP
 * Asks     chat-state      on KRATT_COMMANDS (DEALER)
 *          waiting-time    on KRATT_WAITING (DEALER)
 *          health          on KRATT_HEALTH (DEALER)
 * Hears    log.head        on KRATT_EVENTS (SUB): when to read the configuration
 * Keeps    a copy of the configuration: after a restart it goes on, and any
 *          number may run */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "clock.h"
#include "handlers.h"
#include "ingress.h"
#include "institution.h"
#include "jobs.h"
#include "log.h"
#include "openapi.h"
#include "own.h"
#include "signers.h"
#include "tally.h"

enum {
    CONNECTIONS_MAX = 1000,
    HEAD_SIZE = 16 * 1024,
    BODY_SIZE = 64 * 1024,
    IDLE_S = 60,
    IN_FLIGHT_MAX = 500, /* questions to one service */
    PASSWORDS_MAX = 64,
    FETCHES_MAX = 16,         /* questions to other servers at once */
    FETCHES_WAITING_MAX = 64, /* that wait for their turn */
    FETCH_CONNECT_MS = 2000,
    FETCH_MS = 4000,                  /* leaves time to answer */
    FORWARDED_SIZE = 4 * 1024 * 1024, /* of what an institution answers about a chat */
    KEYS_MAX = 10000,                 /* logins, or addresses, counted in one window */
    PROBE_MS = 1000,
    DRAIN_MS = 5000,
};

static const char *http_address_setting;
static const char *key_path, *public_key_path;
static const char *generate_from;
static const char *issuer, *allowed_origins, *cookie_domain;
static const char *signers_source, *signers_issuer, *outgoing_ca, *outgoing_proxy;
static const char *establishments_path;
static int64_t cookie_secure, session_minutes;

static const struct setting settings[] = {
    {"KRATT_HTTP", SETTING_TEXT, &http_address_setting, "127.0.0.1:8081",
     "address to serve HTTP on; port 0: a free one", 0, 0},
    {"KRATT_TOKEN_KEY", SETTING_TEXT, &key_path, "keys/token.pem",
     "PEM file of the private key that signs tokens; made when it is not there", 0, 0},
    {"KRATT_TOKEN_PUBLIC_KEY", SETTING_TEXT, &public_key_path, "keys/token.pub.pem",
     "PEM file where its public half is put", 0, 0},
    {"KRATT_TOKEN_ISSUER", SETTING_TEXT, &issuer, "kratt", "iss of the tokens", 0, 0},
    {"KRATT_ALLOWED_ORIGINS", SETTING_TEXT, &allowed_origins,
     "http://localhost:*,http://127.0.0.1:*", "web pages that may call, with commas between", 0, 0},
    {"KRATT_COOKIE_SECURE", SETTING_NUMBER, &cookie_secure, "1",
     "1: cookies go over https alone; 0: over http as well", 0, 1},
    {"KRATT_COOKIE_DOMAIN", SETTING_TEXT, &cookie_domain, "",
     "domain of the cookies; empty: the host that was asked", 0, 0},
    {"KRATT_TOKEN_GENERATE_FROM", SETTING_TEXT, &generate_from, "",
     "addresses that may have tokens made as they like, with commas between; empty: nobody", 0, 0},
    {"KRATT_SESSION_MINUTES", SETTING_NUMBER, &session_minutes, "120",
     "how long tokens and their cookies live, until session_length is set", 30, 480},
    {"KRATT_JWTTOKEN_JWKS", SETTING_TEXT, &signers_source, "",
     "keys that sign JWTTOKEN: path or https URL of a JWK set; empty: nobody logs in with one", 0,
     0},
    {"KRATT_JWTTOKEN_ISSUER", SETTING_TEXT, &signers_issuer, "", "iss of JWTTOKEN", 0, 0},
    {"KRATT_ESTABLISHMENTS", SETTING_TEXT, &establishments_path, "",
     "JSON file of the institutions that chats may be forwarded to; empty: none", 0, 0},
    {"KRATT_OUTGOING_CA", SETTING_TEXT, &outgoing_ca, "",
     "PEM file of whom to trust when other servers are asked; empty: the system's", 0, 0},
    {"KRATT_OUTGOING_PROXY", SETTING_TEXT, &outgoing_proxy, "",
     "URL of the proxy to ask them through; empty: none", 0, 0},
    {NULL, SETTING_TEXT, NULL, NULL, NULL, 0, 0},
};

/* ---- what the HTTP server says by itself ---- */

static char *make_error(int status)
{
    static const struct {
        int status;
        const char *code, *sentence;
    } errors[] = {
        {413, "body_too_large", "The body is larger than 64 KiB."},
        {503, "unavailable", "This server is ending."},
        {504, "timeout", "The answer did not come in time."},
        {0, "malformed_request", "This is not a request that can be read."},
    };
    msgpack_sbuffer body;
    size_t i = 0;

    while (errors[i].status && errors[i].status != status)
        i++;
    msgpack_sbuffer_init(&body);
    answer_error(&body, ENVELOPE_DATA, errors[i].code, errors[i].sentence);
    char *text = own_copy_of(body.data, body.size);
    msgpack_sbuffer_destroy(&body);
    return text;
}

static int open_http(struct ingress *self)
{
    static const struct http_limits limits = {.connections = CONNECTIONS_MAX,
                                              .idle_s = IDLE_S,
                                              .head_size = HEAD_SIZE,
                                              .body_size = BODY_SIZE,
                                              .answer_ms = ANSWER_MS + 1000};

    self->server = http_server_new(frame_loop(self->frame), frame_timers(self->frame),
                                   http_address_setting, &limits, exchange_begin, self);
    if (!self->server)
        return -1;
    http_server_set_errors(self->server, make_error);
    http_server_before_answer(self->server, exchange_add_headers);
    log_info("listening", "port", log_number(http_server_port(self->server)));
    return 0;
}

/* ---- the key ---- */

/* Makes the directory that path is in, readable for its owner alone. */
static int make_directory_of(const char *path)
{
    char *directory = own_copy(path);
    int rc = 0;

    for (char *slash = directory; (slash = strchr(slash + 1, '/')) && rc == 0;) {
        *slash = '\0';
        if (mkdir(directory, 0700) < 0 && errno != EEXIST) {
            log_error("cannot make directory", "path", directory, "why", strerror(errno));
            rc = -1;
        }
        *slash = '/';
    }
    free(directory);
    return rc;
}

static int open_key(struct ingress *self)
{
    char why[WHY_MAX];

    if (make_directory_of(key_path) < 0 || make_directory_of(public_key_path) < 0)
        return -1;
    self->key = token_key_open(key_path, public_key_path, why);
    if (!self->key)
        log_error("cannot open the token key", "path", key_path, "why", why);
    return self->key ? 0 : -1;
}

static bool signs_tokens(void *self)
{
    const struct ingress *ingress = self;

    return ingress->key != NULL;
}

static bool serves(void *self)
{
    const struct ingress *ingress = self;

    return ingress->server && !ingress->draining;
}

/* contract §10: the seed's names for what this service does. */
static const struct part parts[] = {
    {"TIM", signs_tokens},
    {"RUUTER", serves},
    {"DMAPPER", serves},
    {NULL, NULL},
};

/* ---- getting ready ---- */

static void on_configuration(void *arguments)
{
    struct ingress *self = arguments;

    configuration_applied(self);
    frame_set_ready(self->frame, true, "");
}

static void on_head(void *arguments, const zframe_t *peer, const void *message)
{
    struct ingress *self = arguments;

    (void)peer;
    configuration_sync_head(&self->configuration_sync, message);
}

static void on_events(void *arguments)
{
    static const struct handler handlers[] = {{MESSAGE_log_head, on_head}, {MESSAGE_COUNT, NULL}};
    struct ingress *self = arguments;

    while (bus_dispatch(self->events, handlers, self))
        ;
}

static int open_configuration(struct ingress *self)
{
    self->events = bus_open(ZMQ_SUB, BUS_CONNECT | BUS_LATEST, endpoints.events);
    if (!self->events || frame_read(self->frame, self->events, on_events, self) == -1)
        return -1;
    bus_subscribe(self->events, MESSAGE_log_head);
    self->configuration_sync = (struct configuration_sync){
        .caller = self->services[SERVICE_CHAT_STATE],
        .timers = frame_timers(self->frame),
        .copy = &self->configuration,
        .on_read = on_configuration,
        .self = self,
    };
    configuration_sync_start(&self->configuration_sync);
    return 0;
}

static int open_services(struct ingress *self)
{
    const char *const addresses[SERVICE_COUNT] = {
        [SERVICE_CHAT_STATE] = endpoints.commands,
        [SERVICE_WAITING_TIME] = endpoints.waiting,
        [SERVICE_HEALTH] = endpoints.health,
    };

    for (size_t i = 0; i < SERVICE_COUNT; i++) {
        self->services[i] = caller_new(frame_loop(self->frame), frame_timers(self->frame),
                                       addresses[i], IN_FLIGHT_MAX);
        if (!self->services[i])
            return -1;
    }
    return 0;
}

static struct fetch_limits fetch_limits(size_t answer_size)
{
    return (struct fetch_limits){.under_way = FETCHES_MAX,
                                 .waiting = FETCHES_WAITING_MAX,
                                 .connect_ms = FETCH_CONNECT_MS,
                                 .total_ms = FETCH_MS,
                                 .answer_size = answer_size,
                                 .proxy = outgoing_proxy,
                                 .ca = outgoing_ca};
}

static int open_institutions(struct ingress *self)
{
    const struct fetch_limits limits = fetch_limits(FORWARDED_SIZE);

    return institutions_open(self, establishments_path, &limits);
}

static int open_signers(struct ingress *self)
{
    const struct fetch_limits limits = fetch_limits(SIGNERS_SIZE);

    if (!*signers_source)
        return 0;
    if (!*signers_issuer) {
        log_error("KRATT_JWTTOKEN_ISSUER has to be set with KRATT_JWTTOKEN_JWKS");
        return -1;
    }
    self->fetch = fetch_new(frame_loop(self->frame), &limits);
    self->signers =
        signers_new(frame_timers(self->frame), self->fetch, signers_source, signers_issuer);
    return self->signers ? 0 : -1;
}

static void take_settings(struct ingress *self)
{
    self->cookies = (struct cookie_rules){cookie_secure == 1, cookie_domain};
    self->issuer = issuer;
    self->generate_from = generate_from;
    self->allowed_origins = allowed_origins;
    self->default_session_ms = session_minutes * 60 * 1000;
    configuration_applied(self);
}

static int ingress_open(struct frame *frame, void *arguments)
{
    struct ingress *self = arguments;

    self->frame = frame;
    take_settings(self);
    tally_open();
    if (open_key(self) < 0 || open_services(self) < 0 || open_signers(self) < 0 ||
        open_institutions(self) < 0)
        return -1;
    self->passwords = passwords_new(frame_loop(frame), PASSWORDS_MAX);
    self->pdfs = transcripts_open(frame_loop(frame));
    self->openapi = openapi_text();
    self->by_login = rate_new(ATTEMPTS, WINDOW_MS, KEYS_MAX);
    self->by_address = rate_new(ADDRESS_ATTEMPTS, WINDOW_MS, KEYS_MAX);
    self->by_chat = rate_new(CHAT_CHANGES, WINDOW_MS, KEYS_MAX);
    if (open_http(self) < 0)
        return -1;
    frame_set_ready(frame, false, "chat-state has not answered yet");
    return open_configuration(self);
}

/* ---- ending ---- */

static void on_last_call(void *arguments)
{
    const struct ingress *self = arguments;

    log_warn("requests were still on their way");
    frame_end(self->frame);
}

static void ingress_drain(struct frame *frame, void *arguments)
{
    struct ingress *self = arguments;

    self->draining = true;
    self->last_call = (struct timer){.on_time = on_last_call, .self = self};
    timers_set(frame_timers(frame), &self->last_call, clock_monotonic_ms() + DRAIN_MS);
    if (!self->exchanges)
        frame_end(frame);
}

static void ingress_close(void *arguments)
{
    struct ingress *self = arguments;

    configuration_sync_stop(&self->configuration_sync);
    configuration_clear(&self->configuration);
    timers_cancel(frame_timers(self->frame), &self->last_call);
    exchange_forget_all(self);
    http_server_destroy(&self->server);
    passwords_destroy(&self->passwords);
    jobs_destroy(&self->pdfs);
    signers_destroy(&self->signers);
    fetch_destroy(&self->fetch);
    institutions_close(self);
    zsock_destroy(&self->events);
    for (size_t i = 0; i < SERVICE_COUNT; i++)
        caller_destroy(&self->services[i]);
    rate_destroy(&self->by_login);
    rate_destroy(&self->by_address);
    rate_destroy(&self->by_chat);
    token_key_destroy(&self->key);
    free(self->openapi);
}

int main(int argc, char **argv)
{
    struct ingress ingress = {0};
    const struct service service = {
        .name = "rest-ingress",
        .settings = settings,
        .parts = parts,
        .open = ingress_open,
        .drain = ingress_drain,
        .close = ingress_close,
        .self = &ingress,
    };

    return service_run(&service, argc, argv);
}
