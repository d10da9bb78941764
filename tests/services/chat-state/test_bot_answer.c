/* What a bot may say, and what is made of it. */
#include <stdlib.h>

#include "bot.h"
#include "bot_answer.h"
#include "own.h"
#include "test.h"
#include "utf8.h"

static struct bot_answer answer;
static bool is_cut;

static int read_text(const char *body, size_t size)
{
    char why[WHY_MAX] = "";
    int rc;

    message_clear(&message_types[MESSAGE_bot_answer], &answer);
    rc = bot_answer_read(&answer, body, size, &is_cut, why);
    assert_int_equal(rc == -1, *why != '\0');
    return rc;
}

static int tear_down(void **state)
{
    (void)state;
    message_clear(&message_types[MESSAGE_bot_answer], &answer);
    return 0;
}

static void every_text_is_a_message_in_its_order(void **state)
{
    static const char body[] =
        "[{\"recipient_id\":\"x\",\"text\":\"üks\"},{\"image\":\"https://example.ee/a.png\"},"
        "{\"text\":null},{\"text\":\" \\n\"},{\"text\":\"kaks\",\"buttons\":[{\"title\":\"a\"}]}]";

    (void)state;
    assert_int_equal(read_text(body, sizeof(body) - 1), 0);
    assert_int_equal(answer.texts.count, 2);
    assert_string_equal(answer.texts.items[0].content, "üks");
    assert_string_equal(answer.texts.items[1].content, "kaks");
    assert_string_not_equal(answer.texts.items[0].message_id, answer.texts.items[1].message_id);
    assert_false(is_cut);
}

static void what_says_nothing_is_no_answer(void **state)
{
    static const char *const bodies[] = {"",
                                         "x",
                                         "{}",
                                         "[",
                                         "[]",
                                         "[1]",
                                         "[]]",
                                         "null",
                                         "[null]",
                                         "[[]]",
                                         "[{}]",
                                         "[{\"text\":5}]",
                                         "\"a\"",
                                         "[{\"text\":{}}]",
                                         "[{\"text\":\"a\"},5]",
                                         "[{\"text\":\"a\\u0000b\"}]",
                                         "[{\"text\":\"\xff\"}]",
                                         "[{\"text\":\"\\ud800\"}]",
                                         "[{\"text\":\"  \"}]"};

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        assert_int_equal(read_text(bodies[i], strlen(bodies[i])), -1);
    assert_int_equal(read_text("[{\"text\":\"a\"}]\0", 16), -1); /* a zero byte after it */
}

static void every_truncation_of_an_answer_is_none(void **state)
{
    static const char body[] = "[{\"text\":\"a\"},{\"text\":\"õ\"}]";

    (void)state;
    for (size_t size = 0; size + 1 < sizeof(body); size++) {
        char *part = own_copy_of(body, size); /* so that reading on is noticed */
        assert_int_equal(read_text(part, size), size + 1 == sizeof(body) ? 0 : -1);
        free(part);
    }
    assert_int_equal(read_text(body, sizeof(body) - 1), 0);
}

static char *long_body(int texts, int length)
{
    char *body = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&body, &size);

    for (int i = 0; i < texts; i++) {
        fputs(i ? ",{\"text\":\"" : "[{\"text\":\"", out);
        for (int c = 0; c < length; c++)
            fputs("õ", out);
        fputs("\"}", out);
    }
    fputs("]", out);
    fclose(out);
    return body;
}

static void an_answer_is_cut_to_what_there_is_room_for(void **state)
{
    static const struct {
        int texts, length;
        bool is_cut;
    } cases[] = {{10, 10, false}, {11, 10, true}, {1, 3000, false}, {1, 3001, true}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *body = long_body(cases[i].texts, cases[i].length);
        assert_int_equal(read_text(body, strlen(body)), 0);
        assert_int_equal(is_cut, cases[i].is_cut);
        assert_true(answer.texts.count <= BOT_TEXTS_MAX);
        const char *last = answer.texts.items[answer.texts.count - 1].content;
        assert_true(utf8_is_valid(last));
        assert_true(utf8_length(last) <= BOT_TEXT_LENGTH);
        free(body);
    }
}

static void one_that_gives_up_says_that_alone(void **state)
{
    static const char body[] = "[{\"text\":\"a\"},{\"text\":\"b\"}]";

    (void)state;
    assert_int_equal(read_text(body, sizeof(body) - 1), 0);
    bot_answer_give_up(&answer);
    assert_int_equal(answer.texts.count, 1);
    assert_string_equal(answer.texts.items[0].content, bot_gives_up);
}

static void giving_up_is_known_in_any_punctuation_and_spaces(void **state)
{
    static const struct {
        const char *text;
        bool is_it;
    } cases[] = {
        {"Suunan teid klienditeenindajale. Varuge natukene kannatust.", true},
        {"Suunan teid klienditeenindajale, varuge natukene kannatust", false}, /* another letter */
        {" Suunan teid\nklienditeenindajale!Varuge  natukene kannatust...", true},
        {"Suunanteidklienditeenindajale Varugenatukenekannatust", true},
        {"Suunan teid klienditeenindajale. Varuge natukene kannatust. Kohe", false},
        {"Suunan teid klienditeenindajale.", false},
        {"", false},
        {"Tere", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(bot_has_given_up(cases[i].text), cases[i].is_it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(every_text_is_a_message_in_its_order, tear_down),
        cmocka_unit_test_teardown(what_says_nothing_is_no_answer, tear_down),
        cmocka_unit_test_teardown(every_truncation_of_an_answer_is_none, tear_down),
        cmocka_unit_test_teardown(an_answer_is_cut_to_what_there_is_room_for, tear_down),
        cmocka_unit_test_teardown(one_that_gives_up_says_that_alone, tear_down),
        cmocka_unit_test(giving_up_is_known_in_any_punctuation_and_spaces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
