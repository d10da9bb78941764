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
    pack_text(packer, field->name);
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

static int take_text(void *at, const struct field *field, const msgpack_object *value,
                     char why[WHY_MAX])
{
    const char *text = value->via.str.ptr;
    size_t size = value->via.str.size;

    if (value->type != MSGPACK_OBJECT_STR)
        return refuse(why, "%s is not text", field->name);
    if (size && memchr(text, '\0', size))
        return refuse(why, "%s has a zero byte", field->name);
    if (field->type == FIELD_STRING) {
        *(char **)at = own_copy_of(text, size);
        return 0;
    }
    if (size >= UUID_SIZE)
        return refuse(why, "%s is not a lower-case UUID", field->name);
    if (size)
        memcpy(at, text, size);
    return 0;
}

static int take_number(void *at, const struct field *field, const msgpack_object *value,
                       char why[WHY_MAX])
{
    if (field->type == FIELD_BOOL) {
        if (value->type != MSGPACK_OBJECT_BOOLEAN)
            return refuse(why, "%s is not true or false", field->name);
        *(bool *)at = value->via.boolean;
        return 0;
    }
    if (value->type != MSGPACK_OBJECT_POSITIVE_INTEGER || value->via.u64 > INT64_MAX)
        return refuse(why, "%s is not a whole number from 0", field->name);
    *(int64_t *)at = (int64_t)value->via.u64;
    return 0;
}

static int take_map(const struct message_type *type, void *self, const msgpack_object *value,
                    char why[WHY_MAX]);

static int take_list(struct list *list, const struct field *field, const msgpack_object *value,
                     char why[WHY_MAX])
{
    const struct message_type *record = &message_types[field->record];

    if (value->type != MSGPACK_OBJECT_ARRAY)
        return refuse(why, "%s is not a list", field->name);
    if (value->via.array.size > (uint64_t)field->max)
        return refuse(why, "%s has more than %d entries", field->name, (int)field->max);
    for (uint32_t i = 0; i < value->via.array.size; i++)
        if (take_map(record, list_append(list, record), &value->via.array.ptr[i], why) == -1)
            return -1;
    return 0;
}

static int take_field(void *at, const struct field *field, const msgpack_object *value,
                      char why[WHY_MAX])
{
    if (field->type == FIELD_LIST)
        return take_list(at, field, value, why);
    return is_text(field) ? take_text(at, field, value, why) : take_number(at, field, value, why);
}

static bool is_named(const struct field *field, const msgpack_object *key)
{
    return strlen(field->name) == key->via.str.size &&
           memcmp(field->name, key->via.str.ptr, key->via.str.size) == 0;
}

/* Looks from there on, and then from the beginning: the fields mostly come in
 * their order. */
static int field_index(const struct field *fields, int from, const msgpack_object *key)
{
    if (key->type != MSGPACK_OBJECT_STR)
        return -1;
    for (int i = from; fields[i].name; i++)
        if (is_named(&fields[i], key))
            return i;
    for (int i = 0; i < from; i++)
        if (is_named(&fields[i], key))
            return i;
    return -1;
}

static int take_map(const struct message_type *type, void *self, const msgpack_object *value,
                    char why[WHY_MAX])
{
    const struct field *fields = type->fields();
    uint64_t seen = 0;
    int next = 0;

    if (value->type != MSGPACK_OBJECT_MAP)
        return refuse(why, "not a MessagePack map");
    for (uint32_t n = 0; n < value->via.map.size; n++) {
        const msgpack_object_kv *pair = &value->via.map.ptr[n];
        int i = field_index(fields, next, &pair->key);
        if (i == -1)
            continue;
        next = i + 1;
        if (seen & (1ULL << i))
            return refuse(why, "%s is given twice", fields[i].name);
        seen |= 1ULL << i;
        if (take_field((char *)self + fields[i].offset, &fields[i], &pair->val, why) == -1)
            return -1;
    }
    for (int i = 0; fields[i].name; i++)
        if (fields[i].required && !(seen & (1ULL << i)))
            return refuse(why, "%s is missing", fields[i].name);
    return 0;
}

int message_decode(const struct message_type *type, void *self, const void *data, size_t size,
                   char why[WHY_MAX])
{
    size_t used = 0;
    msgpack_unpacked unpacked;
    int rc = -1;

    memset(self, 0, type->size);
    if (!scan_is_one_value(data, size))
        return refuse(why, "not one MessagePack value");
    msgpack_unpacked_init(&unpacked);
    if (msgpack_unpack_next(&unpacked, data, size, &used) != MSGPACK_UNPACK_SUCCESS || used != size)
        refuse(why, "not one MessagePack value");
    else if (take_map(type, self, &unpacked.data, why) == 0)
        rc = message_check(type, self, why);
    msgpack_unpacked_destroy(&unpacked);

    if (rc == -1)
        message_clear(type, self);
    return rc;
}
