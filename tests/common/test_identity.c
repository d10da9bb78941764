#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "identity.h"

#define ISSUER  "kratt"
#define CHAT_ID "8cecdc84-57fb-4f18-845e-5ca0be3d6223"

static const int64_t now = 1700000000000;
static struct token_key *key;
static char key_path[64];

static int make_key(void **state)
{
    char why[WHY_MAX];

    (void)state;
    strcpy(key_path, "/tmp/kratt-test-identity-XXXXXX");
    close(mkstemp(key_path));
    unlink(key_path);
    key = token_key_open(key_path, NULL, why);
    return key ? 0 : -1;
}

static int remove_key(void **state)
{
    (void)state;
    token_key_destroy(&key);
    return unlink(key_path);
}

static int read_content(struct identity *self, enum identity_kind kind, const char *content,
                        char why[WHY_MAX])
{
    struct token token = {.content = json_loads(content, 0, NULL)};

    assert_non_null(token.content);
    char *text = token_sign(key, ISSUER, &token, now, 60000);
    int rc = identity_read(self, kind, key, ISSUER, text, now, why);
    free(text);
    token_clear(&token);
    return rc;
}

static void a_chat_token_makes_an_end_user(void **state)
{
    struct identity self;
    char why[WHY_MAX] = "";

    (void)state;
    assert_int_equal(read_content(&self, IDENTITY_END_USER,
                                  "{\"chatId\":\"" CHAT_ID "\",\"forwardTo\":\"\"}", why),
                     0);
    assert_int_equal(self.kind, IDENTITY_END_USER);
    assert_string_equal(self.chat_id, CHAT_ID);
    assert_string_equal(self.id_code, "");
    assert_int_equal(self.roles, 0);
    assert_int_equal(self.token.expires_at, now + 60000);
    identity_clear(&self);
    assert_int_equal(self.kind, IDENTITY_NONE);
    identity_clear(&self); /* harmless */
}

static void an_account_token_makes_an_agent(void **state)
{
    struct identity self;
    char why[WHY_MAX] = "";

    (void)state;
    assert_int_equal(
        read_content(&self, IDENTITY_AGENT,
                     "{\"idCode\":\"EE1\",\"displayName\":\"M\",\"csaTitle\":\"T\",\"authorities\":"
                     "[\"ROLE_ANALYST\",\"ROLE_ADMINISTRATOR\",\"ROLE_EMPEROR\",7]}",
                     why),
        0);
    assert_int_equal(self.kind, IDENTITY_AGENT);
    assert_string_equal(self.id_code, "EE1");
    assert_string_equal(self.display_name, "M");
    assert_string_equal(self.csa_title, "T");
    assert_string_equal(self.chat_id, "");
    assert_int_equal(self.roles, ROLE_ADMINISTRATOR | ROLE_ANALYST);
    identity_clear(&self);
    assert_string_equal(self.id_code, "");
}

static void neither_stands_in_for_the_other(void **state)
{
    static const struct {
        enum identity_kind kind;
        const char *content, *reason;
    } cases[] = {
        {IDENTITY_AGENT, "{\"chatId\":\"" CHAT_ID "\"}", "no account"},
        {IDENTITY_AGENT, "{\"idCode\":\"EE1\"}", "no authorities"},
        {IDENTITY_AGENT, "{\"idCode\":\"EE1\",\"authorities\":\"ROLE_ADMINISTRATOR\"}",
         "no authorities"},
        {IDENTITY_AGENT, "{\"idCode\":\"\",\"authorities\":[]}", "no account"},
        {IDENTITY_AGENT, "{\"idCode\":7,\"authorities\":[]}", "no account"},
        {IDENTITY_AGENT,
         "{\"idCode\":\"123456789012345678901234567890123456789012345678901\","
         "\"authorities\":[]}",
         "no account"},
        {IDENTITY_END_USER, "{}", "no chat"},
        {IDENTITY_END_USER, "{\"chatId\":\"8CECDC84-57FB-4F18-845E-5CA0BE3D6223\"}", "no chat"},
        {IDENTITY_END_USER, "{\"chatId\":7}", "no chat"},
        {IDENTITY_END_USER, "{\"chatId\":\"" CHAT_ID "\",\"authorities\":[]}", "agent's"},
        {IDENTITY_NONE, "{\"chatId\":\"" CHAT_ID "\"}", "nobody"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct identity self;
        char why[WHY_MAX] = "";
        assert_int_equal(read_content(&self, cases[i].kind, cases[i].content, why), -1);
        if (!strstr(why, cases[i].reason))
            fail_msg("case %zu: %s", i, why);
        assert_int_equal(self.kind, IDENTITY_NONE);
        assert_null(self.token.content);
    }
}

static void no_token_is_nobody(void **state)
{
    static const char *const texts[] = {NULL, "", "x", "a.b.c"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct identity self;
        char why[WHY_MAX] = "";
        assert_int_equal(identity_read(&self, IDENTITY_END_USER, key, ISSUER, texts[i], now, why),
                         -1);
        assert_string_not_equal(why, "");
        assert_int_equal(self.kind, IDENTITY_NONE);
        assert_string_equal(self.id_code, "");
        identity_clear(&self);
    }
}

static void roles_have_their_names_and_no_others(void **state)
{
    (void)state;
    unsigned all = 0;
    for (unsigned role = 1; role < ROLES_ANY; role *= 2) {
        assert_int_equal(role_named(role_name(role)), role);
        all |= role;
    }
    assert_int_equal(all, ROLES_ANY);
    assert_int_equal(role_named("ROLEADMINISTRATOR"), 0); /* compared exactly */
    assert_int_equal(role_named("role_administrator"), 0);
    assert_int_equal(role_named(""), 0);
    assert_string_equal(role_name(0), "");
    assert_string_equal(role_name(ROLES_ANY), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chat_token_makes_an_end_user),
        cmocka_unit_test(an_account_token_makes_an_agent),
        cmocka_unit_test(neither_stands_in_for_the_other),
        cmocka_unit_test(no_token_is_nobody),
        cmocka_unit_test(roles_have_their_names_and_no_others),
    };

    return cmocka_run_group_tests(tests, make_key, remove_key);
}
