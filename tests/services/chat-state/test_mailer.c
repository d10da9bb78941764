/* Which settings of the mail server are no start. Sending itself is in
 * tests/system/test_mail.py, to a real server. */
#include "test.h"

#include "mailer.h"

static const struct {
    const char *url, *sender, *user, *password, *tls;
    const char *why; /* "": it is a start */
} cases[] = {
    {"", "", "", "", "starttls", ""},
    {"smtp://mail.example.ee:587", "kratt@example.ee", "", "", "starttls", ""},
    {"smtp://mail.example.ee", "kratt@example.ee", "", "", "none", ""},
    {"smtp://mail.example.ee", "kratt@example.ee", "kratt", "saladus", "starttls", ""},
    {"smtps://mail.example.ee", "kratt@example.ee", "kratt", "saladus", "none", ""},
    {"mail.example.ee", "kratt@example.ee", "", "", "starttls", "KRATT_SMTP_URL"},
    {"smtp://", "kratt@example.ee", "", "", "starttls", "KRATT_SMTP_URL"},
    {"http://mail.example.ee", "kratt@example.ee", "", "", "starttls", "KRATT_SMTP_URL"},
    {"smtp://mail.example.ee", "", "", "", "starttls", "KRATT_SMTP_SENDER"},
    {"smtp://mail.example.ee", "Kratt", "", "", "starttls", "KRATT_SMTP_SENDER"},
    {"smtp://mail.example.ee", "kratt@example.ee", "", "", "", "KRATT_SMTP_TLS"},
    {"smtp://mail.example.ee", "kratt@example.ee", "", "", "maybe", "KRATT_SMTP_TLS"},
    {"smtp://mail.example.ee", "kratt@example.ee", "kratt", "", "starttls", "KRATT_SMTP_USER"},
    {"smtp://mail.example.ee", "kratt@example.ee", "", "saladus", "starttls", "KRATT_SMTP_USER"},
    {"smtp://mail.example.ee", "kratt@example.ee", "kratt", "saladus", "none",
     "KRATT_SMTP_PASSWORD"},
};

static void settings_that_could_never_work_are_no_start(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct mailer_settings settings = {.url = cases[i].url,
                                                 .sender = cases[i].sender,
                                                 .user = cases[i].user,
                                                 .password = cases[i].password,
                                                 .tls = cases[i].tls};
        char why[WHY_MAX] = "";
        assert_int_equal(mailer_check(&settings, why), *cases[i].why ? -1 : 0);
        assert_memory_equal(why, cases[i].why, strlen(cases[i].why));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_that_could_never_work_are_no_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
