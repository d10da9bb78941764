/* fuzz_forward - what another institution sends: a file of establishments is
 * read whole or not at all, messages are within the limits of messages.def, and
 * a token that is taken can be a cookie.
 *
 * The first byte says which of the three the rest is. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "establishments.h"
#include "forward_json.h"
#include "own.h"

static const char chat_id[UUID_SIZE] = "8cecdc84-57fb-4f18-845e-5ca0be3d6223";

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void read_establishments(const char *text, size_t size)
{
    struct establishments list;
    char why[WHY_MAX] = "";

    if (establishments_read(&list, text, size, why) < 0) {
        must(*why && list.count == 0);
        return;
    }
    for (size_t i = 0; i < list.count; i++) {
        must(establishments_at(&list, list.items[i].url) == &list.items[i]);
        must(establishments_with_key(&list, list.items[i].key) == &list.items[i]);
        must(!strpbrk(list.items[i].key, "\r\n ") && !strpbrk(list.items[i].url, "\r\n @"));
    }
    establishments_clear(&list);
}

static void read_messages(const char *text, size_t size)
{
    const struct message_type *type = &message_types[MESSAGE_chat_receive];
    struct chat_receive receive = {0};
    struct refusal refusal = {0};
    json_t *body = NULL;

    if (input_parse(text, size, NULL, &body, &refusal) < 0)
        return;
    int rc = forward_read_messages(body, chat_id, &receive.messages, &refusal);
    must(rc == 0 ? receive.messages.count > 0 : refusal.status >= 400);
    for (size_t i = 0; rc == 0 && i < receive.messages.count; i++)
        must(strcmp(receive.messages.items[i].chat_id, chat_id) == 0);
    message_clear(type, &receive);
    json_decref(body);
}

static void read_answer(const char *text, size_t size)
{
    char id[UUID_SIZE], *token = NULL;

    if (forward_read_answer(text, size, id, &token) == 0)
        must(forward_is_token(token));
    free(token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const readers[])(const char *, size_t) = {read_establishments, read_messages,
                                                            read_answer};

    if (size == 0)
        return 0;
    char *text = own_copy_of((const char *)data + 1, size - 1);
    readers[data[0] % 3](text, size - 1);
    free(text);
    return 0;
}
