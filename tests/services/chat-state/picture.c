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

char *picture_of(const struct memory *memory, enum picture picture)
{
    struct revocations_found revocations = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    fprintf(out, "%s %ld %ld %ld\n", memory->log_id, (long)memory->first_seq,
            (long)memory->tally.seq, (long)memory->tally.row);
    if (picture == PICTURE_ALL)
        fprintf(out, "%ld %ld\n", (long)memory->tally.time, (long)memory->tally.created);
    for (size_t i = 0; i < memory->count; i++)
        print_chat(out, memory->chats[i], picture);
    memory_revocations(memory, 0, &revocations.revocations);
    fprintf(out, "%zu tokens\n", revocations.revocations.count);
    message_clear(&message_types[MESSAGE_revocations_found], &revocations);
    fclose(out);
    return text;
}
