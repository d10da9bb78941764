#include "codec.h"

#include <stdlib.h>
#include <string.h>

#include "own.h"
#include "scan.h"

static const char *text_at(const void *at, const struct field *field)
{
    const char *text = field->type == FIELD_STRING ? *(char *const *)at : at;
    return text ? text : "";
}

static int64_t number_at(const void *at, const struct field *field)
{
    return field->type == FIELD_BOOL ? *(const bool *)at : *(const int64_t *)at;
}

static bool is_text(const struct field *field)
{
    return field->type == FIELD_STRING || field->type == FIELD_UUID;
}

static bool is_absent(const void *at, const struct field *field)
{
    if (field->type == FIELD_LIST)
        return ((const struct list *)at)->count == 0;
    return is_text(field) ? *text_at(at, field) == '\0' : number_at(at, field) == 0;
}

static bool is_sent(const void *self, const struct field *field)
{
    return field->required || !is_absent((const char *)self + field->offset, field);
}

static void pack_text(msgpack_packer *packer, const char *text)
{
    msgpack_pack_str_with_body(packer, text, strlen(text));
}

static void pack_map(msgpack_packer *packer, const struct message_type *type, const void *self);

static void pack_list(msgpack_packer *packer, const struct message_type *record,
                      const struct list *list)
{
    msgpack_pack_array(packer, list->count);
    for (size_t i = 0; i < list->count; i++)
        pack_map(packer, record, (const char *)list->items + i * record->size);
}

static void pack_field(msgpack_packer *packer, const void *at, const struct field *field)
{
    msgpack_pack_str_with_body(packer, field->name, field->name_size);
    if (field->type == FIELD_LIST)
        pack_list(packer, &message_types[field->record], at);
    else if (is_text(field))
        pack_text(packer, text_at(at, field));
    else if (field->type == FIELD_BOOL)
        number_at(at, field) ? msgpack_pack_true(packer) : msgpack_pack_false(packer);
    else
        msgpack_pack_int64(packer, number_at(at, field));
}

static void pack_map(msgpack_packer *packer, const struct message_type *type, const void *self)
{
    size_t count = 0;

    for (const struct field *field = type->fields(); field->name; field++)
        count += is_sent(self, field);
    msgpack_pack_map(packer, count);
    for (const struct field *field = type->fields(); field->name; field++)
        if (is_sent(self, field))
            pack_field(packer, (const char *)self + field->offset, field);
}

int message_encode(const struct message_type *type, const void *self, msgpack_sbuffer *out,
                   char why[WHY_MAX])
{
    msgpack_packer packer;

    if (message_check(type, self, why) == -1)
        return -1;
    msgpack_packer_init(&packer, out, msgpack_sbuffer_write);
    pack_map(&packer, type, self);
    return 0;
}

static int take_text(void *at, const struct field *field, const struct scan_value *value,
                     char why[WHY_MAX])
{
    if (value->kind != SCAN_TEXT)
        return refuse(why, "%s is not text", field->name);
    if (memchr(value->text, '\0', value->size))
        return refuse(why, "%s has a zero byte", field->name);
    if (field->type == FIELD_STRING)
        *(char **)at = own_copy_of(value->text, value->size);
    else if (value->size < UUID_SIZE)
        memcpy(at, value->text, value->size);
    else
        return refuse(why, "%s is not a lower-case UUID", field->name);
    return 0;
}

static int take_number(void *at, const struct field *field, const struct scan_value *value,
                       char why[WHY_MAX])
{
    if (field->type == FIELD_BOOL) {
        if (value->kind != SCAN_BOOL)
            return refuse(why, "%s is not true or false", field->name);
        *(bool *)at = value->number;
        return 0;
    }
    if (value->kind != SCAN_NUMBER || value->number > INT64_MAX)
        return refuse(why, "%s is not a whole number from 0", field->name);
    *(int64_t *)at = (int64_t)value->number;
    return 0;
}

static int take_map(const struct message_type *type, void *self, const unsigned char **from,
                    char why[WHY_MAX]);

static int take_list(struct list *list, const struct field *field, const unsigned char **from,
                     char why[WHY_MAX])
{
    const struct message_type *record = &message_types[field->record];
    struct scan_value value = scan_take(from);

    if (value.kind != SCAN_LIST)
        return refuse(why, "%s is not a list", field->name);
    if (value.size > (uint64_t)field->max)
        return refuse(why, "%s has more than %d entries", field->name, (int)field->max);
    for (size_t i = 0; i < value.size; i++)
        if (take_map(record, list_append(list, record), from, why) == -1)
            return -1;
    return 0;
}

static int take_field(void *at, const struct field *field, const unsigned char **from,
                      char why[WHY_MAX])
{
    if (field->type == FIELD_LIST)
        return take_list(at, field, from, why);
    struct scan_value value = scan_take(from);
    return is_text(field) ? take_text(at, field, &value, why) : take_number(at, field, &value, why);
}

/* Takes the key there; what is no text is the name of no field. */
static int take_key(const struct field *fields, int from, const unsigned char **at)
{
    const unsigned char *start = *at;
    struct scan_value key = scan_take(at);

    if (key.kind == SCAN_TEXT)
        return field_index(fields, from, key.text, key.size);
    *at = start;
    scan_skip(at);
    return -1;
}

static int check_seen(const struct field *fields, uint64_t seen, char why[WHY_MAX])
{
    for (int i = 0; fields[i].name; i++)
        if (fields[i].required && !(seen & (1ULL << i)))
            return refuse(why, "%s is missing", fields[i].name);
    return 0;
}

static int take_map(const struct message_type *type, void *self, const unsigned char **from,
                    char why[WHY_MAX])
{
    const struct field *fields = type->fields();
    struct scan_value map = scan_take(from);
    uint64_t seen = 0;
    int next = 0;

    if (map.kind != SCAN_MAP)
        return refuse(why, "not a MessagePack map");
    for (; map.size; map.size--) {
        int i = take_key(fields, next, from);
        if (i == -1) {
            scan_skip(from);
            continue;
        }
        next = i + 1;
        if (seen & (1ULL << i))
            return refuse(why, "%s is given twice", fields[i].name);
        seen |= 1ULL << i;
        if (take_field((char *)self + fields[i].offset, &fields[i], from, why) == -1)
            return -1;
    }
    return check_seen(fields, seen, why);
}

int message_decode(const struct message_type *type, void *self, const void *data, size_t size,
                   char why[WHY_MAX])
{
    const unsigned char *at = data;
    int rc = -1;

    memset(self, 0, type->size);
    if (!scan_is_one_value(data, size))
        refuse(why, "not one MessagePack value");
    else if (take_map(type, self, &at, why) == 0)
        rc = message_check(type, self, why);
    if (rc == -1)
        message_clear(type, self);
    return rc;
}
