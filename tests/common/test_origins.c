#include "test.h"

#include "origins.h"

static const struct {
    const char *allowed, *origin;
    bool is_allowed;
} origins[] = {
    {"https://www.example.ee", "https://www.example.ee", true},
    {"https://www.example.ee", "http://www.example.ee", false},
    {"https://www.example.ee", "https://www.example.ee:8443", false},
    {"https://www.example.ee", "https://www.example.ee.evil.com", false},
    {"https://www.example.ee", "https://evil-www.example.ee", false},
    {"https://www.example.ee", "https://www.example.e", false},
    {"https://www.example.ee", "https://www.example.ee/", false},
    {"https://www.example.ee", "https://user@www.example.ee", false},
    {"https://www.example.ee", "HTTPS://WWW.EXAMPLE.EE", false},
    {"https://a.ee,https://b.ee", "https://b.ee", true},
    {" https://a.ee ,\thttps://b.ee ", "https://b.ee", true},
    {"https://a.ee,,https://b.ee,", "https://a.ee", true},
    {"https://a.ee,https://b.ee", "https://a.ee,https://b.ee", false},
    {"https://*.example.ee", "https://chat.example.ee", true},
    {"https://*.example.ee", "https://example.ee", false},
    {"https://*.example.ee", "https://.example.ee", false},
    {"https://*.example.ee", "https://a.b.example.ee", false},
    {"https://*.example.ee", "https://evil.com/x.example.ee", false},
    {"https://*.example.ee", "https://evil.com#.example.ee", false},
    {"https://*.example.ee", "https://chat.example.ee.evil.com", false},
    {"https://chat-*.example.ee", "https://chat-1.example.ee", true},
    {"https://chat-*.example.ee", "https://chat-.example.ee", false},
    {"https://*-a-*.ee", "https://x-a-a-y.ee", true},
    {"https://*-a-*.ee", "https://x-b-y.ee", false},
    {"https://*a.*b.ee", "https://aaa.bbb.ee", true},
    {"https://*a.*b.ee", "https://a.bbb.ee", false},
    {"https://a.*", "https://a.ee", true},
    {"https://a.*", "https://a.", false},
    {"https://a.*", "https://a.b.ee", false},
    {"https://**.ee", "https://ab.ee", true},
    {"https://**.ee", "https://a.ee", false},
    {"http://localhost:*", "http://localhost:3000", true},
    {"http://localhost:*", "http://localhost", true},
    {"http://localhost:*", "http://localhost:x", false},
    {"http://localhost:*", "http://localhost:", false},
    {"http://localhost:3000", "http://localhost:30001", false},
    {"http://localhost:3000", "http://localhost:3000", true},
    {"http://[::1]:*", "http://[::1]:8080", true},
    {"http://[::1]", "http://[::1]", true},
    {"http://[::1]", "http://[::2]", false},
    {"http://[::1]:*", "http://[::1]x:1", false},
    {"http://*:*", "http://[:1", false},
    {"http://*:*", "http://[", false},
    {"http://*:*", "http://[]", false},
    {"*", "https://a.ee", false},
    {"*", "*", false},
    {"*", "null", false},
    {"null", "null", false},
    {"", "", false},
    {"", "https://a.ee", false},
    {"https://", "https://", false},
    {"https://a.ee", "", false},
    {"https://a.ee", NULL, false},
    {"https://a.ee", "://a.ee", false},
    {"://a.ee", "://a.ee", false},
    {"*://a.ee", "https://a.ee", false},
    {"https://a.ee", "https://a.ee\r\nX: y", false},
};

static void an_origin_is_allowed_when_the_list_says_so(void **state)
{

    (void)state;
    for (size_t i = 0; i < sizeof(origins) / sizeof(*origins); i++)
        if (origin_is_allowed(origins[i].allowed, origins[i].origin) != origins[i].is_allowed)
            fail_msg("\"%s\" against \"%s\"", origins[i].origin, origins[i].allowed);
}

static void a_page_is_own_when_its_host_was_asked(void **state)
{
    (void)state;
    assert_true(origin_is_own("http://chat.example.ee:8080", "chat.example.ee:8080"));
    assert_true(origin_is_own("https://chat.example.ee", "Chat.example.ee"));
    assert_false(origin_is_own("https://evil.example", "chat.example.ee"));
    assert_false(origin_is_own("https://chat.example.ee.evil", "chat.example.ee"));
    assert_false(origin_is_own("https://chat.example.ee:1", "chat.example.ee"));
    assert_false(origin_is_own("null", "null"));
    assert_false(origin_is_own("https://chat.example.ee", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_origin_is_allowed_when_the_list_says_so),
        cmocka_unit_test(a_page_is_own_when_its_host_was_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
