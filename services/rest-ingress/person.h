/* person.h - the person whom a JWTTOKEN names: who has logged in elsewhere
 * (contract §5.1). Pure. */
#ifndef PERSON_H
#define PERSON_H

#include "token.h"

/* Most bytes of a claim, as all have to fit into a cookie; and of the code, which
 * may become that of an account. */
enum { PERSON_CLAIM_SIZE = 200, PERSON_CODE_SIZE = 48 };

struct person {
    const char *code; /* all lent by the token */
    const char *first_name, *last_name;
};

/* Returns 0, or -1 with the reason in why: it names nobody, or one of the
 * claims is too long. */
int person_read(struct person *self, const struct token *token, char why[WHY_MAX]);

/* Returns what custom-jwt-userinfo shows of this token (contract P-22). The
 * caller releases it. */
json_t *person_claims(const struct token *token);

#endif
