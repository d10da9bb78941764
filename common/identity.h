/* identity.h - who is asking, as the cookies say (contract §5.1, §5.4).
 *
 * chatJwt names one chat and makes an end user; customJwtCookie names an
 * account with roles and makes an agent. Neither stands in for the other. */
#ifndef IDENTITY_H
#define IDENTITY_H

#include "token.h"

#define COOKIE_CHAT     "chatJwt"
#define COOKIE_AGENT    "customJwtCookie"
#define COOKIE_USER     "clientCustomJwtCookie"
#define COOKIE_REDIRECT "redirectJwt" /* of an end user, where a chat was forwarded to */
#define COOKIE_PERSON   "JWTTOKEN"    /* of who has logged in elsewhere */

/* Roles as bits. The names are those of contract §5.4, compared exactly. */
enum {
    ROLE_ADMINISTRATOR = 1,
    ROLE_SERVICE_MANAGER = 2,
    ROLE_CUSTOMER_SUPPORT_AGENT = 4,
    ROLE_CHATBOT_TRAINER = 8,
    ROLE_ANALYST = 16,
    ROLE_UNAUTHENTICATED = 32,
    ROLES_ANSWERING = ROLE_ADMINISTRATOR | ROLE_SERVICE_MANAGER | ROLE_CUSTOMER_SUPPORT_AGENT,
    ROLES_ANY = 63,
};

/* Returns the bit of a role's name, 0 when there is no such role. */
unsigned role_named(const char *name);

/* Returns the name of a role's bit. */
const char *role_name(unsigned role);

enum identity_kind { IDENTITY_NONE, IDENTITY_END_USER, IDENTITY_AGENT };

struct identity {
    enum identity_kind kind;
    struct token token;      /* owned; its content has all claims */
    char chat_id[UUID_SIZE]; /* of an end user */
    const char *id_code;     /* of an agent, lent by token.content; else "" */
    const char *display_name;
    const char *csa_title;
    unsigned roles;
};

/* Makes self from the text of a cookie of this kind. Returns 0, and self must
 * be released with identity_clear(); or -1 with the reason in why (also when
 * text is NULL) and self is nobody. */
int identity_read(struct identity *self, enum identity_kind kind, const struct token_key *key,
                  const char *issuer, const char *text, int64_t now, char why[WHY_MAX]);

void identity_clear(struct identity *self);

#endif
