#include "test.h"

#include <string.h>

#include "../../../services/rest-ingress/stream_table.h"
#include "streams.h"

static void assert_same(const struct stream_told *told, const struct stream *stream)
{
    static const enum stream_reader readers[] = {[WHO_ANYONE] = READER_ANYONE,
                                                 [WHO_END_USER] = READER_END_USER,
                                                 [WHO_AGENT] = READER_AGENT,
                                                 [WHO_OF_CHAT] = READER_OF_CHAT};

    assert_non_null(told->name);
    assert_string_equal(told->name, stream->name);
    assert_int_equal(told->who, readers[stream->who]);
    assert_int_equal(told->is_later, stream->is_later);
    assert_non_null(told->about);
}

static bool has_parameter(const struct stream_told *told, const char *name)
{
    for (size_t i = 0; told->parameters[i]; i++)
        if (strcmp(told->parameters[i], name) == 0)
            return true;
    return false;
}

static void the_streams_that_are_told_are_those_of_the_gateway(void **state)
{
    (void)state;
    for (size_t i = 0; i < STREAM_COUNT; i++) {
        assert_same(&streams_told[i], &streams[i]);
        assert_true(!streams[i].bound || streams[i].is_later ||
                    has_parameter(&streams_told[i], streams[i].bound));
    }
    assert_null(streams_told[STREAM_COUNT].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_streams_that_are_told_are_those_of_the_gateway),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
