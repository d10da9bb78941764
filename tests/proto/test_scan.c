#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

#include "pick.h"
#include "scan.h"
#include "test.h"

static const struct {
    const char *name, *bytes;
    size_t size;
    bool want;
} cases[] = {
    {"a small number", "\x01", 1, true},
    {"nil", "\xc0", 1, true},
    {"the byte that is never used", "\xc1", 1, false},
    {"two values", "\x01\x01", 2, false},
    {"text",
     "\xa3"
     "abc",
     4, true},
    {"text cut short",
     "\xa3"
     "ab",
     3, false},
    {"text of 4 GiB", "\xdb\xff\xff\xff\xff", 5, false},
    {"bytes of 4 GiB", "\xc6\xff\xff\xff\xff", 5, false},
    {"extension of 4 GiB", "\xc9\xff\xff\xff\xff\x01", 6, false},
    {"array of 4 thousand million", "\xdd\xff\xff\xff\xff", 5, false},
    {"array of 16", "\x9f\x01", 2, false},
    {"map of 4 thousand million", "\xdf\xff\xff\xff\xff", 5, false},
    {"map with a name only", "\x81\xa1x", 3, false},
    {"map with a pair", "\x81\xa1x\x02", 4, true},
    {"empty array in an array", "\x91\x90", 2, true},
    {"length bytes cut off", "\xdb\x00", 2, false},
    {"eight deep", "\x91\x91\x91\x91\x91\x91\x91\x91\x01", 9, true},
    {"nine deep", "\x91\x91\x91\x91\x91\x91\x91\x91\x91\x01", 10, false},
};

static void only_one_whole_truthful_value_passes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("%s\n", cases[i].name);
        assert_int_equal(scan_is_one_value(cases[i].bytes, cases[i].size), cases[i].want);
    }
}

static const enum scan_kind kinds[] = {
    [MSGPACK_OBJECT_POSITIVE_INTEGER] = SCAN_NUMBER,
    [MSGPACK_OBJECT_BOOLEAN] = SCAN_BOOL,
    [MSGPACK_OBJECT_STR] = SCAN_TEXT,
    [MSGPACK_OBJECT_ARRAY] = SCAN_LIST,
    [MSGPACK_OBJECT_MAP] = SCAN_MAP,
};

static enum scan_kind kind_of(const msgpack_object *object)
{
    bool is_known = (size_t)object->type < sizeof(kinds) / sizeof(kinds[0]) &&
                    (kinds[object->type] || object->type == MSGPACK_OBJECT_POSITIVE_INTEGER);

    return is_known ? kinds[object->type] : SCAN_OTHER;
}

/* The library has made a tree of what is taken here value by value. */
static void assert_is(const unsigned char **at, const msgpack_object *object)
{
    struct scan_value value = scan_take(at);

    assert_int_equal(value.kind, kind_of(object));
    if (value.kind == SCAN_NUMBER)
        assert_true(value.number == object->via.u64);
    if (value.kind == SCAN_BOOL)
        assert_int_equal(value.number, object->via.boolean);
    if (value.kind == SCAN_TEXT) {
        assert_int_equal(value.size, object->via.str.size);
        assert_memory_equal(value.text, object->via.str.ptr, value.size);
    }
    for (size_t i = 0; value.kind == SCAN_LIST && i < value.size; i++)
        assert_is(at, &object->via.array.ptr[i]);
    for (size_t i = 0; value.kind == SCAN_MAP && i < value.size; i++) {
        assert_is(at, &object->via.map.ptr[i].key);
        assert_is(at, &object->via.map.ptr[i].val);
    }
}

static void the_library_reads_the_same_from_whatever_passes_the_scan(void **state)
{
    (void)state;
    int passed = 0;

    for (int round = 0; round < 200000; round++) {
        char bytes[8];
        size_t size = 1 + pick(sizeof(bytes)), used = 0;
        msgpack_unpacked got;

        for (size_t i = 0; i < size; i++)
            bytes[i] = (char)(pick(3) ? 0x80 + pick(64) : pick(256));
        if (!scan_is_one_value(bytes, size))
            continue;
        passed++;
        msgpack_unpacked_init(&got);
        assert_int_equal(msgpack_unpack_next(&got, bytes, size, &used), MSGPACK_UNPACK_SUCCESS);
        assert_int_equal(used, size);
        const unsigned char *at = (const unsigned char *)bytes;
        assert_is(&at, &got.data);
        assert_ptr_equal(at, bytes + size);
        msgpack_unpacked_destroy(&got);
        at = (const unsigned char *)bytes;
        scan_skip(&at);
        assert_ptr_equal(at, bytes + size);
    }
    assert_true(passed > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_one_whole_truthful_value_passes),
        cmocka_unit_test(the_library_reads_the_same_from_whatever_passes_the_scan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
