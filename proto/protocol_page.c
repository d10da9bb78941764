/* protocol_page - prints messages.def as the tables of proto/README.md. */
#include <inttypes.h>
#include <stdio.h>

#include "schema.h"

static const char *const type_names[] = {
    [FIELD_STRING] = "text",  [FIELD_UUID] = "uuid", [FIELD_INT] = "integer",
    [FIELD_BOOL] = "boolean", [FIELD_TIME] = "time", [FIELD_LIST] = "list of "};

static void print_field(const struct field *field)
{
    const char *record = field->type == FIELD_LIST ? message_types[field->record].wire : "";

    printf("| %s | %s%s | %s | ", field->name, type_names[field->type], record,
           field->required ? "yes" : "no");
    if (field->max)
        printf("%" PRId64, field->max);
    printf(" | %s |\n", field->doc);
}

int main(void)
{
    for (int i = 0; i < MESSAGE_COUNT; i++) {
        printf("### %s\n\n%s\n\n", message_types[i].wire, message_types[i].doc);
        puts("| field | type | required | max | meaning |\n|---|---|---|---|---|");
        for (const struct field *field = message_types[i].fields(); field->name; field++)
            print_field(field);
        puts("");
    }
}
