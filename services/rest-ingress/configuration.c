/* configuration.c - the configuration as clients know it (contract P-12 to
 * P-14, C-30 to C-41, V-03 to V-23), and what follows from it here.
 *
 * Public routes are answered from this service's copy. Private ones ask
 * chat-state, which knows whether the token is still good; what it answers goes
 * into the copy at once. */
#include <inttypes.h>
#include <stdio.h>

#include "clock.h"
#include "handlers.h"
#include "view.h"

enum { MINUTE_MS = 60 * 1000 };

/* ---- what follows from it ---- */

/* What came with the database has no time: nobody has set it, and the service's
 * own setting counts. */
static bool was_set(const struct setting_version *version)
{
    return version && version->created != 0;
}

void configuration_applied(struct ingress *ingress)
{
    const struct configuration *known = &ingress->configuration;

    ingress->session_ms = ingress->default_session_ms;
    if (was_set(configuration_get(known, CONFIGURATION_session_length)))
        ingress->session_ms = configuration_number(known, CONFIGURATION_session_length) * MINUTE_MS;
}

static struct chat as_shown(const struct exchange *self, const struct chat *chat)
{
    const struct configuration *known = &self->ingress->configuration;

    return view_titled(chat, !configuration_flag(known, CONFIGURATION_is_csa_title_visible));
}

void show_chat(const struct exchange *self, const struct chat *chat, msgpack_sbuffer *out)
{
    const struct chat shown = as_shown(self, chat);

    view_chat(out, &shown);
}

void show_chat_row(const struct exchange *self, const struct chat *chat, msgpack_sbuffer *out)
{
    const struct chat shown = as_shown(self, chat);

    view_chat_row(out, &shown);
}

void show_ended_row(const struct exchange *self, const struct chat *chat, msgpack_sbuffer *out)
{
    const struct chat shown = as_shown(self, chat);

    view_ended_row(out, &shown);
}

/* ---- what is asked without chat-state ---- */

void handle_configuration(struct exchange *self)
{
    exchange_shape(self, NULL);
}

/* ---- values ---- */

/* Returns the copy, with what came in answer, if anything did. */
static const struct configuration *known(struct exchange *self, const void *answer)
{
    const struct settings_found *found = answer;
    struct ingress *ingress = self->ingress;

    if (found) {
        configuration_take_all(&ingress->configuration, &found->settings);
        configuration_applied(ingress);
    }
    return &ingress->configuration;
}

/* A name in an object, and the key whose value it has. A table of these ends
 * at a NULL name. */
struct shown {
    const char *name;
    enum configuration_id id;
    bool as_text; /* also a number, or a yes or no */
};

static void show_number(msgpack_sbuffer *out, int64_t number)
{
    char text[32];

    snprintf(text, sizeof(text), "%" PRId64, number);
    view_text(out, text);
}

static void show_value(msgpack_sbuffer *out, const struct configuration *known,
                       const struct shown *shown)
{
    enum value_type type = configuration_keys[shown->id].type;

    if (type == VALUE_FLAG) {
        const char *flag = configuration_flag(known, shown->id) ? "true" : "false";
        if (shown->as_text)
            view_string(out, flag);
        else
            view_text(out, flag);
    } else if (type == VALUE_NUMBER && !shown->as_text) {
        show_number(out, configuration_number(known, shown->id));
    } else {
        view_string(out, configuration_text(known, shown->id));
    }
}

/* Appends the names and their values, without the braces around them. */
static void show_members(msgpack_sbuffer *out, const struct configuration *known,
                         const struct shown *table)
{
    for (size_t i = 0; table[i].name; i++) {
        answer_comma(out, i);
        view_string(out, table[i].name);
        view_text(out, ":");
        show_value(out, known, &table[i]);
    }
}

static int show(msgpack_sbuffer *out, const struct configuration *known, const struct shown *table)
{
    view_text(out, "{");
    show_members(out, known, table);
    view_text(out, "}");
    return 0;
}

static int refuse_unset(struct exchange *self)
{
    return refuse_with(&self->refusal, 404, "not_found", "This has not been set.");
}

/* Returns 0 when any of the keys is set, or -1 with the refusal. */
static int need_one(struct exchange *self, const struct configuration *known,
                    const struct shown *table)
{
    for (; table->name; table++)
        if (configuration_get(known, table->id))
            return 0;
    return refuse_unset(self);
}

static int show_if_set(struct exchange *self, const void *answer, msgpack_sbuffer *out,
                       const struct shown *table)
{
    const struct configuration *copy = known(self, answer);

    return need_one(self, copy, table) < 0 ? -1 : show(out, copy, table);
}

/* ---- shapes ---- */

int shape_setting(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    (void)known(self, answer);
    view_text(out, "[]");
    return 0;
}

const char value_waiting_minutes[] = "{\"isActive\":\"boolean\",\"time\":\"string\"}";

int shape_waiting_minutes(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    static const struct shown table[] = {
        {"isActive", CONFIGURATION_is_estimated_waiting_time_active, false},
        {"time", CONFIGURATION_estimated_waiting_time, true},
        {NULL, CONFIGURATION_COUNT, false},
    };

    return show(out, known(self, answer), table);
}

const char value_greeting[] = "{\"isActive\":\"boolean\",\"est\":\"string\"}";

int shape_greeting(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    static const struct shown table[] = {
        {"isActive", CONFIGURATION_is_greeting_message_active, false},
        {"est", CONFIGURATION_greeting_message_est, false},
        {NULL, CONFIGURATION_COUNT, false},
    };

    return show(out, known(self, answer), table);
}

const char value_visibility[] = "{\"isVisible\":\"boolean\"}";

int shape_name_visibility(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    static const struct shown table[] = {
        {"isVisible", CONFIGURATION_is_csa_name_visible, false},
        {NULL, CONFIGURATION_COUNT, false},
    };

    return show(out, known(self, answer), table);
}

int shape_title_visibility(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    static const struct shown table[] = {
        {"isVisible", CONFIGURATION_is_csa_title_visible, false},
        {NULL, CONFIGURATION_COUNT, false},
    };

    return show(out, known(self, answer), table);
}

/* A name that is the key itself. */
#define NAMED(key, as_text)                                                                        \
    {                                                                                              \
#key, CONFIGURATION_##key, as_text                                                         \
    }

const char value_emergency_notice[] =
    "{\"emergencyNoticeText\":\"string\",\"emergencyNoticeStartISO\":\"string\","
    "\"emergencyNoticeEndISO\":\"string\",\"isEmergencyNoticeVisible\":\"boolean\"}";

int shape_emergency_notice(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    static const struct shown table[] = {
        NAMED(emergencyNoticeText, false),   NAMED(emergencyNoticeStartISO, false),
        NAMED(emergencyNoticeEndISO, false), NAMED(isEmergencyNoticeVisible, false),
        {NULL, CONFIGURATION_COUNT, false},
    };

    return show_if_set(self, answer, out, table);
}

const char value_working_time[] = "{\"organizationWorkingTimeStartISO\":\"string\","
                                  "\"organizationWorkingTimeEndISO\":\"string\","
                                  "\"organizationWorkingTimeWeekdays\":\"string\","
                                  "\"organizationWorkingTimeHolidays\":\"string\"}";

int shape_working_time(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    static const struct shown table[] = {
        NAMED(organizationWorkingTimeStartISO, false),
        NAMED(organizationWorkingTimeEndISO, false),
        NAMED(organizationWorkingTimeWeekdays, false),
        NAMED(organizationWorkingTimeHolidays, false),
        {NULL, CONFIGURATION_COUNT, false},
    };

    return show_if_set(self, answer, out, table);
}

const char value_widget[] = "{\"widgetProactiveSeconds\":\"integer\","
                            "\"widgetDisplayBubbleMessageSeconds\":\"integer\","
                            "\"widgetBubbleMessageText\":\"string\",\"widgetColor\":\"string\","
                            "\"isWidgetActive\":\"boolean\"}";

int shape_widget(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    static const struct shown table[] = {
        NAMED(widgetProactiveSeconds, false),  NAMED(widgetDisplayBubbleMessageSeconds, false),
        NAMED(widgetBubbleMessageText, false), NAMED(widgetColor, false),
        NAMED(isWidgetActive, false),          {NULL, CONFIGURATION_COUNT, false},
    };

    return show_if_set(self, answer, out, table);
}

const char value_later_widget[] =
    "{\"widgetProactiveSeconds\":\"integer\","
    "\"widgetDisplayBubbleMessageSeconds\":\"integer\","
    "\"widgetBubbleMessageText\":\"string\",\"widgetColor\":\"string\","
    "\"isWidgetActive\":\"string\",\"isBurokrattActive\":\"string\"}";

/* Today's widget compares its flags with the text "true", and shows nothing
 * unless Bürokratt is active: which it is when it answers (clients.md §1.2). */
int shape_later_widget(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    static const struct shown table[] = {
        NAMED(widgetProactiveSeconds, false),  NAMED(widgetDisplayBubbleMessageSeconds, false),
        NAMED(widgetBubbleMessageText, false), NAMED(widgetColor, false),
        NAMED(isWidgetActive, true),           {NULL, CONFIGURATION_COUNT, false},
    };

    view_text(out, "{");
    show_members(out, known(self, answer), table);
    view_text(out, ",\"isBurokrattActive\":\"true\"}");
    return 0;
}

/* {id,key,value,deleted}, where deleted is text (contract P-14). Of a key that
 * is unset the id is null. */
static void show_version(msgpack_sbuffer *out, const struct configuration *known,
                         enum configuration_id id, const char *value)
{
    const struct setting_version *version = configuration_get(known, id);

    view_text(out, "{\"id\":");
    if (version)
        show_number(out, version->id);
    else
        view_text(out, "null");
    view_text(out, ",\"key\":");
    view_string(out, configuration_keys[id].name);
    view_text(out, ",\"value\":");
    view_string(out, value);
    view_text(out, ",\"deleted\":\"false\"}");
}

const char value_version[] = "{\"id\":\"integer|null\",\"key\":\"string\",\"value\":\"string\","
                             "\"deleted\":\"string\"}";

int shape_bot(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    const struct configuration *copy = known(self, answer);

    show_version(out, copy, CONFIGURATION_is_bot_active,
                 configuration_flag(copy, CONFIGURATION_is_bot_active) ? "true" : "false");
    return 0;
}

int shape_end_user_session(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    const struct configuration *copy = known(self, answer);

    if (!configuration_get(copy, CONFIGURATION_end_user_session_length))
        return refuse_unset(self);
    show_version(out, copy, CONFIGURATION_end_user_session_length,
                 configuration_text(copy, CONFIGURATION_end_user_session_length));
    return 0;
}

/* A row as the database has it, but with the minutes that count. */
static void show_session_row(msgpack_sbuffer *out, const struct setting_version *version,
                             int64_t minutes)
{
    char created[ISO_TIME_SIZE];

    iso_time_format(version->created, created);
    view_text(out, "{\"id\":");
    show_number(out, version->id);
    view_text(out, ",\"key\":\"session_length\",\"value\":\"");
    show_number(out, minutes);
    view_text(out, "\",\"deleted\":false,\"created\":");
    view_string(out, created);
    view_text(out, "}");
}

const char value_session_length[] =
    "[{\"id\":\"integer\",\"key\":\"string\",\"value\":\"string\",\"deleted\":\"boolean\","
    "\"created\":\"time\"}]";

int shape_session_length(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    const struct setting_version *version =
        configuration_get(known(self, answer), CONFIGURATION_session_length);

    view_text(out, "[");
    if (version)
        show_session_row(out, version, self->ingress->session_ms / MINUTE_MS);
    view_text(out, "]");
    return 0;
}
