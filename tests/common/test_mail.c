#include "test.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "mail.h"

static const struct mail plain = {.from = "kratt@example.ee",
                                  .to = "mary@example.ee",
                                  .id = "00000000-0000-4000-8000-000000000001",
                                  .subject = "Avati uus vestlus",
                                  .text = "Tere\n",
                                  .at = 1674046612159};

static void a_message_is_that_of_the_rfcs(void **state)
{
    size_t size;
    char *message = mail_compose(&plain, &size);

    (void)state;
    assert_string_equal(message, "Date: Wed, 18 Jan 2023 12:56:52 +0000\r\n"
                                 "From: <kratt@example.ee>\r\n"
                                 "To: <mary@example.ee>\r\n"
                                 "Message-ID: <00000000-0000-4000-8000-000000000001@example.ee>\r\n"
                                 "Subject: =?utf-8?B?QXZhdGkgdXVzIHZlc3RsdXM=?=\r\n"
                                 "Auto-Submitted: auto-generated\r\n"
                                 "MIME-Version: 1.0\r\n"
                                 "Content-Type: text/plain; charset=utf-8\r\n"
                                 "Content-Transfer-Encoding: base64\r\n"
                                 "\r\n"
                                 "VGVyZQ0K\r\n");
    assert_int_equal(size, strlen(message));
    free(message);
}

/* Returns what the first line of base64 after the mark says, decoded. */
static void decode(const char *text, char *out)
{
    int size = EVP_DecodeBlock((unsigned char *)out, (const unsigned char *)text,
                               (int)strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvw"
                                                 "xyz0123456789+/="));

    assert_true(size >= 0);
    out[size] = '\0';
}

static void a_line_end_in_the_subject_makes_no_header(void **state)
{
    struct mail mail = plain;
    char said[100];
    size_t size;

    (void)state;
    mail.subject = "a\r\nBcc: all@example.ee";
    char *message = mail_compose(&mail, &size);
    assert_null(strstr(message, "Bcc"));
    decode(strstr(message, "?B?") + 3, said);
    assert_string_equal(said, mail.subject);
    free(message);
}

static void a_long_subject_is_folded_between_characters(void **state)
{
    char subject[2 * MAIL_SUBJECT_MAX + 1] = "";
    struct mail mail = plain;
    char said[100];
    size_t size, length = 0;

    (void)state;
    subject[0] = 'a'; /* so that a cut falls inside a character */
    for (size_t i = 1; i + 2 < sizeof(subject); i += 2) {
        subject[i] = '\xc3';
        subject[i + 1] = '\xb5';
    }
    mail.subject = subject;
    char *message = mail_compose(&mail, &size);
    for (const char *line = strstr(message, "Subject:"); *line != 'A';
         line = strchr(line, '\n') + 1) {
        assert_true(strcspn(line, "\r") <= 76);
        decode(strstr(line, "?B?") + 3, said);
        assert_memory_equal(said, subject + length, strlen(said));
        length += strlen(said);
    }
    assert_int_equal(length, MAIL_SUBJECT_MAX - 1);
    free(message);
}

static void the_text_comes_back_with_the_line_ends_of_mail(void **state)
{
    struct mail mail = plain;
    size_t size, length = 0;
    char said[4096] = "";

    (void)state;
    mail.text = "esimene \xc3\xb5htu\nteine, mis on nii pikk, et see ei mahu \xc3\xbchele reale ja "
                "peab j\xc3\xa4rgmisel j\xc3\xa4tkuma\r\n.\n";
    char *message = mail_compose(&mail, &size);
    for (const char *line = strstr(message, "\r\n\r\n") + 4; *line; line = strchr(line, '\n') + 1) {
        assert_true(strcspn(line, "\r") <= 76);
        decode(line, said + length);
        length += strcspn(line, "=\r") * 3 / 4;
    }
    said[length] = '\0';
    assert_string_equal(said,
                        "esimene \xc3\xb5htu\r\nteine, mis on nii pikk, et see ei mahu "
                        "\xc3\xbchele reale ja peab j\xc3\xa4rgmisel j\xc3\xa4tkuma\r\n.\r\n");
    free(message);
}

static void an_address_is_one_and_nothing_else(void **state)
{
    static const char *const good[] = {"a@b", "mary.ann+chat@mail.example.ee", "x_1@10.0.0.1"};
    static const char *const bad[] = {"",
                                      "a",
                                      "@",
                                      "a@",
                                      "@b",
                                      "a@b@c",
                                      "a b@c",
                                      "a@b c",
                                      "a@b\r\nBcc: c@d",
                                      "<a@b>",
                                      "a@b>",
                                      "\"a\"@b",
                                      "a@b,c@d",
                                      ".a@b",
                                      "a.@b",
                                      "a..b@c",
                                      "a@.b",
                                      "a@b.",
                                      "m\xc3\xa4ry@example.ee"};
    char large[MAIL_ADDRESS_MAX + 2];

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(mail_address_is_valid(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(mail_address_is_valid(bad[i]));
    memset(large, 'a', sizeof(large));
    large[1] = '@';
    large[MAIL_ADDRESS_MAX] = '\0';
    assert_true(mail_address_is_valid(large));
    large[MAIL_ADDRESS_MAX] = 'a';
    large[MAIL_ADDRESS_MAX + 1] = '\0';
    assert_false(mail_address_is_valid(large));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_that_of_the_rfcs),
        cmocka_unit_test(a_line_end_in_the_subject_makes_no_header),
        cmocka_unit_test(a_long_subject_is_folded_between_characters),
        cmocka_unit_test(the_text_comes_back_with_the_line_ends_of_mail),
        cmocka_unit_test(an_address_is_one_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
