#include "person.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const struct token *token, const char *name)
{
    const char *text = json_string_value(json_object_get(token->content, name));

    return text ? text : "";
}

static const char *const claims[] = {"personalCode", "authenticatedAs", "hash",
                                     "firstName",    "lastName",        "authMethod"};
enum { CLAIMS = sizeof(claims) / sizeof(claims[0]) };

int person_read(struct person *self, const struct token *token, char why[WHY_MAX])
{
    for (size_t i = 0; i < CLAIMS; i++)
        if (strlen(text_of(token, claims[i])) > PERSON_CLAIM_SIZE)
            return refuse(why, "%s is too long", claims[i]);
    if (strlen(text_of(token, "personalCode")) > PERSON_CODE_SIZE)
        return refuse(why, "personalCode is too long");
    self->code = text_of(token, "personalCode");
    self->first_name = text_of(token, "firstName");
    self->last_name = text_of(token, "lastName");
    return *self->code ? 0 : refuse(why, "the token names nobody");
}

static void add(json_t *to, const char *name, json_t *value)
{
    if (json_object_set_new(to, name, value) == -1)
        abort(); /* out of memory */
}

json_t *person_claims(const struct token *token)
{
    json_t *made = json_object();
    char full_name[2 * PERSON_CLAIM_SIZE + 2];

    for (size_t i = 0; i < CLAIMS; i++)
        add(made, claims[i], json_string(text_of(token, claims[i])));
    snprintf(full_name, sizeof(full_name), "%s %s", text_of(token, "firstName"),
             text_of(token, "lastName"));
    add(made, "fullName", json_string(full_name));
    add(made, "loggedInDate", json_integer(token->issued_at));
    add(made, "loginExpireDate", json_integer(token->expires_at));
    return made;
}
