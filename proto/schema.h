/* schema.h - the messages of messages.def, as C structs and as tables.
 *
 * MESSAGE(chat, …) becomes struct chat; LIST(chats, chat, …) inside another
 * message becomes a struct chat_list: items, owned by the struct, and count. */
#ifndef SCHEMA_H
#define SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_type { FIELD_STRING, FIELD_UUID, FIELD_INT, FIELD_BOOL, FIELD_TIME, FIELD_LIST };

enum { UUID_SIZE = 37 }; /* text and its zero */

typedef char *field_STRING; /* owned by the struct; NULL reads as "" */
typedef char field_UUID[UUID_SIZE];
typedef int64_t field_INT;
typedef bool field_BOOL;
typedef int64_t field_TIME;

#define FIELD(name, type, presence, max, doc)  field_##type name;
#define LIST(name, record, presence, max, doc) struct record##_list name;
#define MESSAGE(name, wire, doc, ...)                                                              \
    struct name {                                                                                  \
        __VA_ARGS__                                                                                \
    };                                                                                             \
    struct name##_list {                                                                           \
        struct name *items;                                                                        \
        size_t count;                                                                              \
    };
#include "messages.def"
#undef FIELD
#undef LIST
#undef MESSAGE

/* What every struct x_list looks like to code that reads the tables. */
struct list {
    void *items;
    size_t count;
};

enum message_id {
#define MESSAGE(name, wire, doc, ...) MESSAGE_##name,
#include "messages.def"
#undef MESSAGE
    MESSAGE_COUNT
};

struct field {
    const char *name;
    enum field_type type;
    bool required;
    int64_t max;
    size_t offset;
    const char *doc;
    enum message_id record; /* of a FIELD_LIST */
    size_t name_size;
};

struct message_type {
    const char *wire; /* what the first frame carries */
    const char *doc;
    size_t size;                         /* of the struct */
    const struct field *(*fields)(void); /* ends at a NULL name */
};

extern const struct message_type message_types[MESSAGE_COUNT];

/* Returns the type with this wire name, NULL when there is none. */
const struct message_type *message_type_named(const char *wire);

/* Returns the field of this name, NULL when there is none. */
const struct field *message_field(const struct message_type *type, const char *name);

/* Returns the index of the field of this name, -1 when there is none. Looks
 * from there on, and then from the beginning: names mostly come in the order
 * of the table. */
int field_index(const struct field *fields, int from, const char *name, size_t size);

/* Returns the text of a STRING or UUID field, lent by self. "" when it is
 * absent, and when the message has no such field. */
const char *message_text(const struct message_type *type, const void *self, const char *name);

/* Returns the value of an INT, TIME or BOOL field; 0 when there is none. */
int64_t message_number(const struct message_type *type, const void *self, const char *name);

/* Sets a STRING or UUID field to a copy of text. Too long a UUID is cut, and
 * will not pass message_check(). The field must exist. */
void message_set_text(const struct message_type *type, void *self, const char *name,
                      const char *text);

/* Copies all of from, lists included, into self, which need not be
 * initialised. The caller releases self with message_clear(). */
void message_copy(const struct message_type *type, void *self, const void *from);

/* Frees what self owns and zeroes it. Safe on a zeroed struct. */
void message_clear(const struct message_type *type, void *self);

/* Appends a zeroed record to a list field and returns it; the list owns it. */
void *list_append(struct list *list, const struct message_type *record);

#endif
