#include "bot_answer.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "bot.h"
#include "change.h"
#include "own.h"
#include "utf8.h"
#include "uuid.h"

static void add(struct bot_answer *self, const char *words)
{
    struct bot_text *text =
        list_append((struct list *)&self->texts, &message_types[MESSAGE_bot_text]);

    uuid_make(text->message_id);
    text->content = own_copy_of(words, utf8_prefix(words, BOT_TEXT_LENGTH));
}

void bot_answer_begin(struct bot_answer *self, const char *chat_id, const char *question)
{
    uuid_make(self->request_id);
    self->command_id = own_copy(self->request_id);
    self->question = own_copy(question);
    if (*chat_id)
        memcpy(self->chat_id, chat_id, UUID_SIZE);
}

void bot_answer_give_up(struct bot_answer *self)
{
    const struct message_type *type = &message_types[MESSAGE_bot_text];

    while (self->texts.count)
        message_clear(type, &self->texts.items[--self->texts.count]);
    add(self, bot_gives_up);
}

/* Returns 0, or -1 when an item is not of this kind. */
static int read_item(struct bot_answer *self, const json_t *item, bool *is_cut)
{
    const json_t *text = json_object_get(item, "text");
    const char *words = json_string_value(text);

    if (!json_is_object(item) || (text && !words && !json_is_null(text)))
        return -1;
    if (!words || text_is_blank(words))
        return 0;
    *is_cut |= words[utf8_prefix(words, BOT_TEXT_LENGTH)] != '\0';
    if (self->texts.count < BOT_TEXTS_MAX)
        add(self, words);
    else
        *is_cut = true;
    return 0;
}

int bot_answer_read(struct bot_answer *self, const char *body, size_t size, bool *is_cut,
                    char why[WHY_MAX])
{
    json_t *items = json_loadb(body, size, 0, NULL);
    int rc = json_is_array(items) ? 0 : refuse(why, "it is no list in JSON");

    *is_cut = false;
    for (size_t i = 0; rc == 0 && i < json_array_size(items); i++)
        if (read_item(self, json_array_get(items, i), is_cut) == -1)
            rc = refuse(why, "an item of it has no text where there should be one");
    json_decref(items);
    if (rc == 0 && self->texts.count == 0)
        rc = refuse(why, "it says nothing");
    return rc;
}
