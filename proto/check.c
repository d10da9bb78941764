/* check.c - whether a struct keeps to messages.def. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codec.h"
#include "utf8.h"
#include "uuid.h"

int refuse(char why[WHY_MAX], const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(why, WHY_MAX, format, args);
    va_end(args);
    return -1;
}

static int check_string(const struct field *field, const char *text, char why[WHY_MAX])
{
    if (!utf8_is_valid(text))
        return refuse(why, "%s is not UTF-8", field->name);
    if (strlen(text) > (size_t)field->max && utf8_length(text) > (size_t)field->max)
        return refuse(why, "%s is longer than %" PRId64 " characters", field->name, field->max);
    return 0;
}

static int check_text(const struct field *field, const char *text, char why[WHY_MAX])
{
    if (!*text)
        return field->required ? refuse(why, "%s is missing", field->name) : 0;
    if (field->type == FIELD_STRING)
        return check_string(field, text, why);
    return uuid_is_valid(text) ? 0 : refuse(why, "%s is not a lower-case UUID", field->name);
}

static int check_number(const struct field *field, int64_t number, char why[WHY_MAX])
{
    if (field->type == FIELD_TIME && number < 0)
        return refuse(why, "%s is before 1970", field->name);
    if (field->type == FIELD_INT && (number < 0 || number > field->max))
        return refuse(why, "%s is not within 0 to %" PRId64, field->name, field->max);
    return 0;
}

static int check_list(const struct field *field, const struct list *list, char why[WHY_MAX])
{
    const struct message_type *record = &message_types[field->record];

    if (field->required && !list->count)
        return refuse(why, "%s is missing", field->name);
    if (list->count > (size_t)field->max)
        return refuse(why, "%s has more than %" PRId64 " entries", field->name, field->max);
    for (size_t i = 0; i < list->count; i++)
        if (message_check(record, (const char *)list->items + i * record->size, why) == -1)
            return -1;
    return 0;
}

int message_check(const struct message_type *type, const void *self, char why[WHY_MAX])
{
    for (const struct field *field = type->fields(); field->name; field++) {
        const void *at = (const char *)self + field->offset;
        int rc;

        if (field->type == FIELD_LIST)
            rc = check_list(field, at, why);
        else if (field->type == FIELD_STRING)
            rc = check_text(field, *(char *const *)at ? *(char *const *)at : "", why);
        else if (field->type == FIELD_UUID)
            rc = check_text(field, at, why);
        else
            rc = field->type == FIELD_BOOL ? 0 : check_number(field, *(const int64_t *)at, why);
        if (rc == -1)
            return -1;
    }
    return 0;
}
