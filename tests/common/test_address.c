#include <arpa/inet.h>
#include <string.h>

#include "address.h"
#include "test.h"

static void expect(const char *peer, const char *forwarded, const char *expected)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    const struct sockaddr *address = (const struct sockaddr *)&v4;
    char text[ADDRESS_SIZE];

    if (inet_pton(AF_INET, peer, &v4.sin_addr) != 1) {
        assert_int_equal(inet_pton(AF_INET6, peer, &v6.sin6_addr), 1);
        address = (const struct sockaddr *)&v6;
    }
    address_of_client(text, address, forwarded, forwarded ? strlen(forwarded) : 0);
    assert_string_equal(text, expected);
}

static void without_a_front_door_it_is_the_peer(void **state)
{
    (void)state;
    expect("127.0.0.1", NULL, "127.0.0.1");
    expect("203.0.113.7", NULL, "203.0.113.7");
    expect("::1", NULL, "::1");
    expect("::ffff:203.0.113.7", NULL, "203.0.113.7");
}

static void a_near_peer_is_believed_its_last_entry(void **state)
{
    (void)state;
    const char *const near[] = {"127.0.0.1",   "10.1.2.3",       "172.16.0.1", "172.31.255.1",
                                "192.168.0.1", "169.254.1.1",    "::1",        "fe80::1",
                                "fd00::1",     "::ffff:10.0.0.1"};

    for (size_t i = 0; i < sizeof(near) / sizeof(*near); i++) {
        expect(near[i], "198.51.100.1", "198.51.100.1");
        expect(near[i], "6.6.6.6, 198.51.100.1 ", "198.51.100.1");
        expect(near[i], "6.6.6.6,\t2001:db8::2", "2001:db8::2");
    }
}

static void a_far_peer_is_not_believed(void **state)
{
    (void)state;
    const char *const far[] = {"203.0.113.7", "172.32.0.1", "192.169.0.1", "11.0.0.1",
                               "2001:db8::1"};

    for (size_t i = 0; i < sizeof(far) / sizeof(*far); i++)
        expect(far[i], "198.51.100.1", far[i]);
}

static void what_is_no_address_is_passed_over(void **state)
{
    (void)state;
    const char *const entries[] = {"",
                                   ",",
                                   "198.51.100.1,",
                                   "unknown",
                                   "198.51.100.1:80",
                                   "[2001:db8::2]",
                                   "198.51.100.1 x",
                                   "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:1"};

    for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++)
        expect("10.0.0.1", entries[i], "10.0.0.1");
}

static void a_peer_that_is_gone_has_none(void **state)
{
    (void)state;
    struct sockaddr nothing = {.sa_family = AF_UNSPEC};
    char text[ADDRESS_SIZE];

    address_of_client(text, &nothing, "198.51.100.1", 12);
    assert_string_equal(text, "");
    address_of_client(text, NULL, "198.51.100.1", 12);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_front_door_it_is_the_peer),
        cmocka_unit_test(a_near_peer_is_believed_its_last_entry),
        cmocka_unit_test(a_far_peer_is_not_believed),
        cmocka_unit_test(what_is_no_address_is_passed_over),
        cmocka_unit_test(a_peer_that_is_gone_has_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
