/* profiles.c - an agent's own settings (contract V-13, V-22). An administrator
 * may see and set anyone's. */
#include <string.h>

#include "handlers.h"
#include "own.h"
#include "view.h"

static bool may_see(const struct exchange *self, const char *id_code)
{
    return strcmp(id_code, self->identity.id_code) == 0 ||
           (self->identity.roles & ROLE_ADMINISTRATOR);
}

static int refuse_other(struct exchange *self)
{
    return refuse_with(&self->refusal, 403, "role_not_allowed",
                       "Only an administrator may see and set someone else's settings.");
}

static void default_to_self(const struct exchange *self, char **id_code)
{
    if (!*id_code || **id_code == '\0')
        own_replace(id_code, self->identity.id_code);
}

int fill_profile_get(struct exchange *self, void *message)
{
    struct profile_get *get = message;

    default_to_self(self, &get->id_code);
    return 0;
}

int fill_profile_set(struct exchange *self, void *message)
{
    struct profile_set *set = message;

    default_to_self(self, &set->id_code);
    return may_see(self, set->id_code) ? 0 : refuse_other(self);
}

static void add_flag(msgpack_sbuffer *out, const char *name, bool value)
{
    view_text(out, ",\"");
    view_text(out, name);
    view_text(out, value ? "\":true" : "\":false");
}

const char value_profile[] =
    "{\"userId\":\"string\",\"forwardedChatPopupNotifications\":\"boolean\","
    "\"forwardedChatSoundNotifications\":\"boolean\","
    "\"forwardedChatEmailNotifications\":\"boolean\","
    "\"newChatPopupNotifications\":\"boolean\","
    "\"newChatSoundNotifications\":\"boolean\","
    "\"newChatEmailNotifications\":\"boolean\",\"useAutocorrect\":\"boolean\"}";

/* Of an id that is nobody's, which a client asks for (clients.md §1.2), the
 * usual settings hide nothing. */
int shape_profile(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    const struct profile_found *found = answer;
    const struct profile *profile = found->profile.items;

    if (found->is_known && !may_see(self, profile->id_code))
        return refuse_other(self);
    view_text(out, "{\"userId\":");
    view_string(out, profile->id_code);
    add_flag(out, "forwardedChatPopupNotifications", profile->forwarded_chat_popup_notifications);
    add_flag(out, "forwardedChatSoundNotifications", profile->forwarded_chat_sound_notifications);
    add_flag(out, "forwardedChatEmailNotifications", profile->forwarded_chat_email_notifications);
    add_flag(out, "newChatPopupNotifications", profile->new_chat_popup_notifications);
    add_flag(out, "newChatSoundNotifications", profile->new_chat_sound_notifications);
    add_flag(out, "newChatEmailNotifications", profile->new_chat_email_notifications);
    add_flag(out, "useAutocorrect", profile->use_autocorrect);
    view_text(out, "}");
    return 0;
}

int shape_profile_set(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    const struct profile_set *set = self->message;

    (void)answer;
    view_text(out, set->forwarded_chat_popup_notifications ? "true" : "false");
    return 0;
}
