#include "names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"

char *names_join(const struct list *list, enum message_id record, char divider)
{
    const struct message_type *type = &message_types[record];
    char *names = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&names, &size);

    if (!out)
        abort();
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            fputc(divider, out);
        fputs(message_text(type, (const char *)list->items + i * type->size, "name"), out);
    }
    fclose(out);
    return names;
}

void names_split(const char *names, char divider, struct list *list, enum message_id record)
{
    const struct message_type *type = &message_types[record];
    const char dividers[] = {divider, '\0'};

    while (*names) {
        size_t size = strcspn(names, dividers);
        char *name = own_copy_of(names, size);
        message_set_text(type, list_append(list, type), "name", name);
        free(name);
        names += size + (names[size] == divider);
    }
}
