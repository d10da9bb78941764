#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "handlers.h"
#include "own.h"
#include "password.h"
#include "utf8.h"
#include "view.h"

enum { PASSWORD_LENGTH_MIN = 8 };

int shape_empty_list(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    (void)self;
    (void)answer;
    view_text(out, "[]");
    return 0;
}

/* ---- cs-add-user, cs-edit-user ---- */

static int two_digits(const char *at)
{
    return (at[0] - '0') * 10 + at[1] - '0';
}

/* An Estonian id code: century and sex, a birthday, and four digits more. Not
 * even seed.md's EE49003106521 has the right one for a check in the end. */
static bool is_personal_code(const char *digits)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int month = two_digits(digits + 3), day = two_digits(digits + 5);

    return digits[0] >= '1' && digits[0] <= '8' && month >= 1 && month <= 12 && day >= 1 &&
           day <= days[month - 1];
}

static bool is_all_digits(const char *text, size_t size)
{
    return strlen(text) == size && strspn(text, "0123456789") == size;
}

/* An Estonian code with its country or without (EE49003106521); or of another
 * country or none: two capital letters and 1 to 48 letters or digits
 * (EE123Csa1Id). */
static bool is_id_code(const char *text)
{
    enum { DIGITS = 11 };
    size_t size = strlen(text);

    if (is_all_digits(text, size))
        return size == DIGITS && is_personal_code(text);
    if (strncmp(text, "EE", 2) == 0 && is_all_digits(text + 2, DIGITS))
        return is_personal_code(text + 2);
    if (size < 3 || size > 50 || !isupper((unsigned char)text[0]) ||
        !isupper((unsigned char)text[1]))
        return false;
    for (size_t i = 2; i < size; i++)
        if (!isalnum((unsigned char)text[i]))
            return false;
    return true;
}

static int add_role(struct exchange *self, struct role_list *roles, const json_t *item)
{
    const char *name = json_string_value(item);

    if (!name)
        return refuse_with(&self->refusal, 400, "invalid_field", "roles is not a list of strings.");
    if (role_named(name) == 0)
        return refuse_with(&self->refusal, 422, "value_out_of_limits",
                           "roles names one that does not exist.");
    for (size_t i = 0; i < roles->count; i++)
        if (strcmp(roles->items[i].name, name) == 0)
            return 0;
    struct role *role = list_append((struct list *)roles, &message_types[MESSAGE_role]);
    role->name = own_copy(name);
    return 0;
}

/* The names that clients have for the list. */
static const json_t *roles_given(const struct exchange *self)
{
    const json_t *list = json_object_get(self->parameters.body, "roles");

    return list ? list : json_object_get(self->parameters.body, "authorities");
}

static int read_roles(struct exchange *self, struct role_list *roles)
{
    const json_t *list = roles_given(self);
    size_t index;
    json_t *item;

    if (!list || json_is_null(list))
        return refuse_with(&self->refusal, 400, "missing_field", "roles is missing.");
    if (!json_is_array(list))
        return refuse_with(&self->refusal, 400, "invalid_field", "roles is not a list of strings.");
    json_array_foreach((json_t *)list, index, item)
    {
        if (add_role(self, roles, item) < 0)
            return -1;
    }
    if (roles->count == 0)
        return refuse_with(&self->refusal, 422, "value_out_of_limits",
                           "roles must name at least one role.");
    return 0;
}

/* Its limit is one of bytes as well: crypt(3) does not look further. */
static int check_new_password(struct exchange *self)
{
    const char *password = input_text(&self->parameters, "password");

    if (input_is_given(&self->parameters, "password") &&
        (utf8_length(password) < PASSWORD_LENGTH_MIN || strlen(password) > PASSWORD_LENGTH_MAX))
        return refuse_with(&self->refusal, 422, "value_out_of_limits",
                           "password must have %d to %d characters.", PASSWORD_LENGTH_MIN,
                           PASSWORD_LENGTH_MAX);
    return 0;
}

static int check_account(struct exchange *self, struct account_add *add)
{
    return check_new_password(self) < 0 ? -1 : read_roles(self, &add->roles);
}

int fill_new_account(struct exchange *self, void *message)
{
    struct account_add *add = message;

    if (!is_id_code(add->id_code))
        return refuse_with(&self->refusal, 422, "value_out_of_limits",
                           "userIdCode is not an id code such as EE49003106521.");
    if (!add->login || *add->login == '\0')
        own_replace(&add->login, add->display_name);
    return check_account(self, add);
}

/* Its id code is taken as it is: the first administrator's need not be one. */
int fill_known_account(struct exchange *self, void *message)
{
    struct account_add *add = message;

    add->is_edit = true;
    return check_account(self, add);
}

static void on_written(struct exchange *self, enum message_id type, const void *answer)
{
    if (type == MESSAGE_command_done)
        exchange_shape(self, answer);
    else
        exchange_failed(self, type, answer);
}

static void on_hashed(void *arguments, bool matches, const char *hash)
{
    struct exchange *self = arguments;
    struct account_add *add = self->message;

    (void)matches;
    self->password_ticket = 0;
    own_replace(&add->password_hash, hash);
    exchange_ask(self, on_written, ASK_MS);
}

void handle_account(struct exchange *self)
{
    if (!input_is_given(&self->parameters, "password")) {
        exchange_ask(self, on_written, ASK_MS);
        return;
    }
    self->password_ticket = passwords_hash(
        self->ingress->passwords, input_text(&self->parameters, "password"), on_hashed, self);
    if (self->password_ticket == 0)
        exchange_refuse(self, 503, "unavailable", "Too many passwords are in work just now.");
}

/* ---- cs-set-customer-support-activity ---- */

static bool is_status(const char *text)
{
    return strcmp(text, "online") == 0 || strcmp(text, "idle") == 0 || strcmp(text, "offline") == 0;
}

/* The older client sends no more than "true" or "false" (clients.md §3). */
static const char *status_of(const char *text)
{
    if (strcmp(text, "true") == 0)
        return "online";
    if (strcmp(text, "false") == 0)
        return "offline";
    return is_status(text) ? text : NULL;
}

int fill_presence(struct exchange *self, void *message)
{
    struct presence_set *set = message;
    const char *status = status_of(set->status);

    if (!status)
        return refuse_with(&self->refusal, 422, "value_out_of_limits",
                           "customerSupportStatus must be online, idle or offline.");
    if (status != set->status || !input_is_given(&self->parameters, "customerSupportActive"))
        set->active = strcmp(status, "online") == 0;
    if (status != set->status)
        own_replace(&set->status, status);
    if (!set->id_code || *set->id_code == '\0')
        own_replace(&set->id_code, self->identity.id_code);
    if (strcmp(set->id_code, self->identity.id_code) != 0 &&
        !(self->identity.roles & ROLE_ADMINISTRATOR))
        return refuse_with(&self->refusal, 403, "role_not_allowed",
                           "Only an administrator may set someone else's presence.");
    return 0;
}
