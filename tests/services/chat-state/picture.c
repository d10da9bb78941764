#include "picture.h"

#include "json.h"

static void print_chat(FILE *out, const struct live *live, enum picture picture)
{
    const struct message_type *type = &message_types[MESSAGE_chat];
    struct chat chat;

    message_copy(type, &chat, &live->chat);
    if (picture == PICTURE_READ)
        chat.seq = chat.updated = 1;
    char *json = message_to_json(type, &chat);
    fprintf(out, "%s\n", json);
    if (picture == PICTURE_ALL)
        fprintf(out, "%ld %ld %zu\n", (long)live->content.messages, (long)live->content.characters,
                live->content.ids.count);
    free(json);
    message_clear(type, &chat);
}

static void print_member(FILE *out, const struct member *member)
{
    char *account = message_to_json(&message_types[MESSAGE_account], &member->account);
    char *profile = message_to_json(&message_types[MESSAGE_profile], &member->profile);

    fprintf(out, "%s %s\n", account, profile);
    free(account);
    free(profile);
}

char *picture_of(const struct memory *memory, enum picture picture)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    fprintf(out, "%s %ld %ld %ld\n", memory->log_id, (long)memory->first_seq,
            (long)memory->tally.seq, (long)memory->tally.row);
    if (picture == PICTURE_ALL)
        fprintf(out, "%ld %ld\n", (long)memory->tally.time, (long)memory->tally.created);
    for (size_t i = 0; i < memory->count; i++)
        print_chat(out, memory->chats[i], picture);
    for (size_t i = 0; i < memory->roster.count; i++)
        print_member(out, &memory->roster.items[i]);
    for (int i = 0; i < CONFIGURATION_COUNT; i++) {
        const struct setting_version *newest = &memory->configuration.newest[i];
        fprintf(out, "%ld %s %d\n", (long)newest->id, newest->value ? newest->value : "",
                newest->deleted);
    }
    fprintf(out, "%zu tokens\n", memory->tokens.count);
    fclose(out);
    return text;
}
