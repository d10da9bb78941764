/* Whatever holds for one message holds for every row of messages.def. */
#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "own.h"
#include "sample.h"
#include "test.h"
#include "utf8.h"
#include "uuid.h"

static msgpack_sbuffer encoded(const struct message_type *type, const void *self)
{
    char why[WHY_MAX] = "";
    msgpack_sbuffer body;

    msgpack_sbuffer_init(&body);
    if (message_encode(type, self, &body, why) == -1)
        fail_msg("%s: %s", type->wire, why);
    return body;
}

static void every_message_survives_the_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESSAGE_COUNT; i++) {
        const struct message_type *type = &message_types[i];
        void *sent = own_zero(type->size), *got = own_zero(type->size);
        char why[WHY_MAX] = "";

        sample_fill(type, sent, (unsigned)i);
        msgpack_sbuffer one = encoded(type, sent);
        if (message_decode(type, got, one.data, one.size, why) == -1)
            fail_msg("%s: %s", type->wire, why);
        msgpack_sbuffer two = encoded(type, got);
        assert_int_equal(one.size, two.size);
        assert_memory_equal(one.data, two.data, one.size);

        msgpack_sbuffer_destroy(&one);
        msgpack_sbuffer_destroy(&two);
        message_clear(type, sent);
        message_clear(type, got);
        free(sent);
        free(got);
    }
}

static void a_copy_outlives_what_it_was_copied_from(void **state)
{
    (void)state;
    struct event first, copy;
    const struct message_type *type = &message_types[MESSAGE_event];

    sample_fill(type, &first, 3);
    msgpack_sbuffer one = encoded(type, &first);
    message_copy(type, &copy, &first);
    message_clear(type, &first);
    msgpack_sbuffer two = encoded(type, &copy);
    assert_int_equal(one.size, two.size);
    assert_memory_equal(one.data, two.data, one.size);

    message_clear(type, &copy);
    msgpack_sbuffer_destroy(&one);
    msgpack_sbuffer_destroy(&two);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESSAGE_COUNT; i++) {
        const struct message_type *type = &message_types[i];
        void *self = own_zero(type->size);
        char why[WHY_MAX];

        sample_fill(type, self, (unsigned)i);
        msgpack_sbuffer body = encoded(type, self);
        message_clear(type, self);
        for (size_t size = 0; size < body.size; size++)
            assert_int_equal(message_decode(type, self, body.data, size, why), -1);
        msgpack_sbuffer_destroy(&body);
        free(self);
    }
}

static void clear_field(const struct field *field, void *self)
{
    void *at = (char *)self + field->offset;

    if (field->type == FIELD_STRING) {
        free(*(char **)at);
        *(char **)at = NULL;
    } else if (field->type == FIELD_UUID) {
        *(char *)at = '\0';
    }
}

static void each_missing_text_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESSAGE_COUNT; i++) {
        const struct message_type *type = &message_types[i];
        for (const struct field *field = type->fields(); field->name; field++) {
            void *self = own_zero(type->size);
            char why[WHY_MAX] = "", want[WHY_MAX];

            sample_fill(type, self, (unsigned)i);
            clear_field(field, self);
            snprintf(want, sizeof(want), "%s is missing", field->name);
            bool is_text = field->type == FIELD_STRING || field->type == FIELD_UUID;
            assert_int_equal(message_check(type, self, why), is_text && field->required ? -1 : 0);
            if (is_text && field->required)
                assert_string_equal(why, want);
            message_clear(type, self);
            free(self);
        }
    }
}

static const struct {
    const char *name, *bytes;
    size_t size;
    const char *want;
} bad[] = {
    {"nothing", "", 0, "not one MessagePack value"},
    {"not a map", "\x01", 1, "not a MessagePack map"},
    {"bytes left over", "\x80\x80", 2, "not one MessagePack value"},
    {"empty map", "\x80", 1, "token_id is missing"},
    {"unknown name is skipped", "\x81\xa1x\x01", 4, "token_id is missing"},
    {"given twice", "\x82\xa8token_id\xa0\xa8token_id\xa0", 21, "token_id is given twice"},
    {"number for text", "\x81\xa8token_id\x01", 11, "token_id is not text"},
    {"zero byte in text", "\x81\xa8token_id\xa2\0a", 13, "token_id has a zero byte"},
    {"upper-case UUID",
     "\x82\xa8token_id\xd9\x24"
     "AAAAAAAA-0000-4000-8000-000000000000\xaa"
     "expires_at\x01",
     60, "token_id is not a lower-case UUID"},
    {"negative time",
     "\x81\xaa"
     "expires_at\xff",
     13, "expires_at is not a whole number from 0"},
    {"array of 2^32-1", "\xdd\xff\xff\xff\xff", 5, "not one MessagePack value"},
    {"map of 2^32-1", "\xdf\xff\xff\xff\xff\x01", 6, "not one MessagePack value"},
};

static void what_breaks_the_schema_is_refused_by_name(void **state)
{
    (void)state;
    const struct message_type *type = &message_types[MESSAGE_revocation];

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct revocation got;
        char why[WHY_MAX] = "";

        print_message("%s\n", bad[i].name);
        assert_int_equal(message_decode(type, &got, bad[i].bytes, bad[i].size, why), -1);
        assert_string_equal(why, bad[i].want);
    }
}

static char *repeated(const char *text, size_t times)
{
    size_t size = strlen(text) * times;
    char *all = own_zero(size + 1);

    for (size_t i = 0; i < size; i++)
        all[i] = text[i % strlen(text)];
    return all;
}

static void a_limit_counts_characters_not_bytes(void **state)
{
    (void)state;
    struct message message;
    const struct message_type *type = &message_types[MESSAGE_message];
    char why[WHY_MAX];

    sample_fill(type, &message, 1);
    for (size_t count = 3000; count <= 3001; count++) {
        free(message.content);
        message.content = repeated("\xf0\x9f\x99\x82", count);
        assert_int_equal(message_check(type, &message, why), count == 3000 ? 0 : -1);
    }
    assert_string_equal(why, "content is longer than 3000 characters");
    message_clear(type, &message);
}

static void broken_utf8_is_refused(void **state)
{
    (void)state;
    static const char *const broken[] = {"\x80",         "\xc3",         "\xc0\x80",
                                         "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                         "\xff",         "a\xf0\x9f\x99"};

    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        assert_false(utf8_is_valid(broken[i]));
    assert_true(utf8_is_valid("\xf4\x8f\xbf\xbf"));
    assert_int_equal(utf8_length("t\xc3\xb5 \xf0\x9f\x99\x82"), 4);
}

static void a_new_uuid_is_valid_and_new(void **state)
{
    (void)state;
    char one[UUID_SIZE], two[UUID_SIZE];

    uuid_make(one);
    uuid_make(two);
    assert_true(uuid_is_valid(one));
    assert_string_not_equal(one, two);
    assert_int_equal(one[14], '4');
}

static void a_uuid_of_a_digest_is_the_same_for_the_same(void **state)
{
    const unsigned char digest[16] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
    char uuid[UUID_SIZE];

    (void)state;
    uuid_of_digest(digest, uuid);
    assert_string_equal(uuid, "ffffffff-ffff-8fff-bfff-ffffffffff01");
    assert_true(uuid_is_valid(uuid));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_survives_the_round_trip),
        cmocka_unit_test(a_copy_outlives_what_it_was_copied_from),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(each_missing_text_is_named),
        cmocka_unit_test(what_breaks_the_schema_is_refused_by_name),
        cmocka_unit_test(a_limit_counts_characters_not_bytes),
        cmocka_unit_test(broken_utf8_is_refused),
        cmocka_unit_test(a_new_uuid_is_valid_and_new),
        cmocka_unit_test(a_uuid_of_a_digest_is_the_same_for_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
