#include <stdlib.h>
#include <string.h>

#include "identity.h"
#include "roles.h"
#include "test.h"

static char administrator[] = "ROLE_ADMINISTRATOR", analyst[] = "ROLE_ANALYST";
static struct role both[] = {{administrator}, {analyst}};
static const struct role_list nothing = {NULL, 0}, one = {both, 1}, two = {both, 2};

static void an_account_that_is_not_known_has_what_its_token_says(void **state)
{
    (void)state;
    struct roles *roles = roles_new();

    assert_int_equal(roles_now(roles, "EE1", ROLE_ADMINISTRATOR), ROLE_ADMINISTRATOR);
    assert_int_equal(roles_now(roles, "", 0), 0);
    roles_destroy(&roles);
}

static void of_the_roles_of_a_token_those_count_that_the_account_has(void **state)
{
    (void)state;
    struct roles *roles = roles_new();

    assert_true(roles_set(roles, "EE1", &one, 1));
    assert_int_equal(roles_now(roles, "EE1", ROLES_ANY), ROLE_ADMINISTRATOR);
    assert_int_equal(roles_now(roles, "EE1", ROLE_ANALYST), 0);
    assert_false(roles_set(roles, "EE1", &one, 2));
    assert_true(roles_set(roles, "EE1", &two, 3));
    assert_int_equal(roles_now(roles, "EE1", ROLES_ANY), ROLE_ADMINISTRATOR | ROLE_ANALYST);
    assert_true(roles_set(roles, "EE1", &nothing, 4));
    assert_int_equal(roles_now(roles, "EE1", ROLES_ANY), 0);
    assert_int_equal(roles_now(roles, "EE2", ROLES_ANY), ROLES_ANY);
    roles_destroy(&roles);
}

static void what_is_older_changes_nothing_until_a_restart(void **state)
{
    (void)state;
    struct roles *roles = roles_new();

    roles_set(roles, "EE1", &nothing, 7);
    assert_false(roles_set(roles, "EE1", &two, 6));
    assert_int_equal(roles_now(roles, "EE1", ROLES_ANY), 0);
    roles_restart(roles);
    assert_int_equal(roles_now(roles, "EE1", ROLES_ANY), 0);
    assert_true(roles_set(roles, "EE1", &two, 6));
    assert_int_equal(roles_now(roles, "EE1", ROLE_ANALYST), ROLE_ANALYST);
    roles_destroy(&roles);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_account_that_is_not_known_has_what_its_token_says),
        cmocka_unit_test(of_the_roles_of_a_token_those_count_that_the_account_has),
        cmocka_unit_test(what_is_older_changes_nothing_until_a_restart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
