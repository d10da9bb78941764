#include "test.h"

#include <stdio.h>

#include "claims.h"

enum { MANY = 10000 };

static struct verified_digest digest_of(int number)
{
    char text[32];
    int size = snprintf(text, sizeof(text), "text %d", number);

    return verified_digest(text, (size_t)size);
}

static void keep(struct claims_table *table, int number)
{
    struct verified_digest digest = digest_of(number);
    struct claims claims = {json_pack("{s:i}", "jti", number), json_pack("{s:i}", "n", number)};

    claims_keep(table, &digest, &claims);
    json_decref(claims.all);
    json_decref(claims.content);
}

/* Returns the number that was kept, -1 when there is none. */
static int number_of(const struct claims_table *table, int number)
{
    struct verified_digest digest = digest_of(number);
    struct claims claims = claims_find(table, &digest);

    assert_int_equal(claims.all == NULL, claims.content == NULL);
    return claims.all ? (int)json_integer_value(json_object_get(claims.content, "n")) : -1;
}

static void each_token_has_its_own_claims(void **state)
{
    struct claims_table *table = claims_table_new();

    (void)state;
    assert_int_equal(number_of(table, 1), -1);
    keep(table, 1);
    keep(table, 2);
    assert_int_equal(number_of(table, 1), 1);
    assert_int_equal(number_of(table, 2), 2);
    assert_int_equal(number_of(table, 3), -1);
    claims_table_destroy(&table);
    assert_null(table);
}

static void the_newest_are_known_however_many_came(void **state)
{
    struct claims_table *table = claims_table_new();
    int known = 0;

    (void)state;
    for (int i = 0; i < MANY; i++) {
        keep(table, i);
        assert_int_equal(number_of(table, i), i);
    }
    for (int i = 0; i < MANY; i++)
        known += number_of(table, i) == i;
    assert_in_range(known, 1000, 2048);
    claims_table_destroy(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_token_has_its_own_claims),
        cmocka_unit_test(the_newest_are_known_however_many_came),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
