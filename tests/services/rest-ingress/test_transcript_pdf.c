/* What pdftotext (poppler) reads back is what was to be written. */
#include "test.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "own.h"
#include "pick.h"
#include "transcript_pdf.h"

enum {
    PLENTY_MS = 30 * 1000,
    ROUNDS = 20,
    WORDS = 200,
    LETTERS_MAX = 8,
    PART_MAX = 4,
    READ_MAX = 4 * PDF_TEXT_MAX
};

static enum pdf_outcome make(const char *text, int64_t within_ms, msgpack_sbuffer *pdf)
{
    char why[WHY_MAX];

    msgpack_sbuffer_init(pdf);
    return pdf_make(text, clock_monotonic_ms() + within_ms, pdf, why);
}

/* Returns what pdftotext reads; the caller frees it. */
static char *read_back(const msgpack_sbuffer *pdf)
{
    char path[] = "/tmp/kratt-pdf-XXXXXX", command[100];
    char *text = own_zero(READ_MAX);
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, pdf->data, pdf->size), pdf->size);
    close(fd);
    snprintf(command, sizeof(command), "pdftotext -raw -enc UTF-8 %s -", path);
    FILE *reader = popen(command, "r"); /* NOLINT(cert-env33-c): a fixed program */
    assert_non_null(reader);
    size_t size = fread(text, 1, READ_MAX - 1, reader);
    assert_int_equal(pclose(reader), 0);
    unlink(path);
    text[size] = '\0';
    return text;
}

/* Leaves out what divides words, as a line may end anywhere in a long one. */
static void squeeze(char *text)
{
    char *to = text;

    for (const char *from = text; *from; from++)
        if (!strchr(" \n\f", *from))
            *to++ = *from;
    *to = '\0';
}

static void assert_reads_back(const char *text)
{
    msgpack_sbuffer pdf;

    assert_int_equal(make(text, PLENTY_MS, &pdf), PDF_IS_MADE);
    char *expected = own_copy(text), *found = read_back(&pdf);
    squeeze(expected);
    squeeze(found);
    assert_string_equal(found, expected);
    free(expected);
    free(found);
    msgpack_sbuffer_destroy(&pdf);
}

/* ---- the words come back ---- */

static void letters_emoji_and_what_no_font_has_come_back(void **state)
{
    static const char *const texts[] = {
        "Vestlus\n\nTere õhtust! ÄÖÜÕŠŽ äöüõšž — „tsitaat“, efficient fjord\n",
        "Ελληνικά Русский язык\n",
        "Hea 🙂 👍 🎉 töö\n",
        "中文 日本語 𐍈𐌰 ok\n",
        "nokk 🙂 中🙂文 🙂\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_reads_back(texts[i]);
}

static void a_word_that_is_longer_than_a_line_comes_back(void **state)
{
    char text[3002];

    (void)state;
    for (size_t i = 0; i < 3000; i++)
        text[i] = (char)('a' + i % 26);
    memcpy(text + 3000, "\n", 2);
    assert_reads_back(text);
}

/* Appends a character in UTF-8 (RFC 3629). */
static char *put_character(char *at, unsigned point)
{
    static const unsigned char firsts[] = {0, 0, 0xc0, 0xe0, 0xf0};
    unsigned size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

    for (unsigned i = size; i > 1; i--, point >>= 6)
        at[i - 1] = (char)(0x80 | (point & 0x3f));
    at[0] = (char)(firsts[size] | point);
    return at + size;
}

struct range {
    unsigned first, last;
};

/* Words of a few characters each, of these ranges. Returns text, to be freed. */
static char *random_text(const struct range *ranges, unsigned count)
{
    char *text = own_zero(WORDS * (LETTERS_MAX * 4 + 1) + 1), *at = text;

    for (int word = 0; word < WORDS; word++) {
        for (unsigned left = 1 + pick(LETTERS_MAX); left > 0; left--) {
            const struct range *range = &ranges[pick(count)];
            at = put_character(at, range->first + pick(range->last - range->first + 1));
        }
        *at++ = pick(10) ? ' ' : '\n';
    }
    return text;
}

static void random_words_come_back(void **state)
{
    static const struct range ranges[] = {{'!', '~'},         {0xc0, 0x17f},     {0x391, 0x3a1},
                                          {0x410, 0x44f},     {0x4e00, 0x9fa5},  {0xac00, 0xd7a3},
                                          {0x1f600, 0x1f64f}, {0x10330, 0x10349}};

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        char *text = random_text(ranges, sizeof(ranges) / sizeof(ranges[0]));
        assert_reads_back(text);
        free(text);
    }
}

/* ---- nothing hurts ---- */

static void any_characters_become_a_pdf(void **state)
{
    static const struct range ranges[] = {{1, 0xd7ff},      {0xe000, 0x10ffff}, {0x300, 0x36f},
                                          {0x590, 0x6ff},   {0x200b, 0x206f},   {0x900, 0xdff},
                                          {0xfe00, 0xfe0f}, {0x1f1e6, 0x1f1ff}, {1, 0x9f}};

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        char *text = random_text(ranges, sizeof(ranges) / sizeof(ranges[0]));
        msgpack_sbuffer pdf;
        assert_int_equal(make(text, PLENTY_MS, &pdf), PDF_IS_MADE);
        free(read_back(&pdf));
        msgpack_sbuffer_destroy(&pdf);
        free(text);
    }
}

/* Returns some characters, ended by a zero, over and over; to be freed. */
static char *repeat(const unsigned *points, size_t times)
{
    char *text = own_zero(times * (PART_MAX - 1) * 4 + 1), *at = text;

    for (; times > 0; times--)
        for (const unsigned *point = points; *point; point++)
            at = put_character(at, *point);
    return text;
}

static enum pdf_outcome outcome_of(char *text, int64_t within_ms)
{
    msgpack_sbuffer pdf;
    enum pdf_outcome outcome = make(text, within_ms, &pdf);

    msgpack_sbuffer_destroy(&pdf);
    free(text);
    return outcome;
}

static void messages_made_to_hurt_become_a_pdf(void **state)
{
    static const unsigned parts[][PART_MAX] = {
        {0x202e}, /* from right to left */
        {0x2066}, /* isolated from the rest */
        {0x200d}, /* joined */
        {0x301},  /* an accent on the accent before */
        {0xad},   /* maybe a hyphen */
        {'\t'},
        {0xfdfa},              /* four words in one */
        {0x1f600, 0x200d},     /* emoji, all of them joined */
        {0x1f1ea},             /* half a flag */
        {0x915, 0x94d, 0x937}, /* three that become one */
        {0xfdd0, 0x1ffff},     /* what is no character, and valid UTF-8 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        assert_int_equal(outcome_of(repeat(parts[i], 3000), PLENTY_MS), PDF_IS_MADE);
}

/* ---- bounds ---- */

static void too_many_pages_are_refused(void **state)
{
    static const unsigned line[] = {'\n', 0};

    (void)state;
    assert_int_equal(outcome_of(repeat(line, PDF_TEXT_MAX), PLENTY_MS), PDF_IS_TOO_LARGE);
}

static void it_takes_no_longer_than_it_may(void **state)
{
    static const unsigned line[] = {0x1f642, 0x4e2d, '\n', 0};

    (void)state;
    assert_int_equal(outcome_of(repeat(line, 10), 0), PDF_IS_NOT_MADE);
    assert_int_equal(outcome_of(repeat(line, 20000), 1), PDF_IS_NOT_MADE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_emoji_and_what_no_font_has_come_back),
        cmocka_unit_test(a_word_that_is_longer_than_a_line_comes_back),
        cmocka_unit_test(random_words_come_back),
        cmocka_unit_test(any_characters_become_a_pdf),
        cmocka_unit_test(messages_made_to_hurt_become_a_pdf),
        cmocka_unit_test(too_many_pages_are_refused),
        cmocka_unit_test(it_takes_no_longer_than_it_may),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
