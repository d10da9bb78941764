/* configuration.h - what people who run the service may change while it runs:
 * its keys (configuration.def), and a service's own copy of their values. Pure.
 *
 * A value is text and stands under its key; the newest version of a key counts,
 * and one that says deleted makes the key unset (contract §6.3). */
#ifndef CONFIGURATION_H
#define CONFIGURATION_H

#include "codec.h"

enum configuration_id {
#define KEY(name, type, least, most, fallback, doc) CONFIGURATION_##name,
#include "configuration.def"
#undef KEY
    CONFIGURATION_COUNT
};

enum value_type { VALUE_FLAG, VALUE_NUMBER, VALUE_TEXT, VALUE_MOMENT, VALUE_WORDS };

struct configuration_key {
    const char *name;
    enum value_type type;
    int64_t least, most;
    const char *fallback;
    const char *doc;
};

extern const struct configuration_key configuration_keys[CONFIGURATION_COUNT];

/* Returns an enum configuration_id, CONFIGURATION_COUNT when there is no such
 * key. */
enum configuration_id configuration_named(const char *name);

enum value_fault { VALUE_IS_GOOD, VALUE_IS_MALFORMED, VALUE_IS_OUT_OF_LIMITS };

/* Whether a key takes this value. If not, why says what it has to be, to be
 * read after its name ("30 to 480"). */
enum value_fault configuration_check(enum configuration_id id, const char *value,
                                     char why[WHY_MAX]);

/* The newest version of each key; zeroed: none is known. */
struct configuration {
    struct setting_version newest[CONFIGURATION_COUNT];
};

/* Takes in a copy of a version, unless it knows a newer one. A key that it does
 * not know, of a newer program, is passed over. */
void configuration_take(struct configuration *self, const struct setting_version *version);

/* The same for all of a list. */
void configuration_take_all(struct configuration *self, const struct setting_version_list *list);

/* Appends copies of the newest versions to list, also of those that say
 * deleted. */
void configuration_list(const struct configuration *self, struct setting_version_list *list);

/* Copies all of from into self, which need not be initialised. */
void configuration_copy(struct configuration *self, const struct configuration *from);

/* Frees what it holds and zeroes it. */
void configuration_clear(struct configuration *self);

/* The id of the newest version of all; it rises with every change. */
int64_t configuration_seq(const struct configuration *self);

/* Returns the version that counts, lent; NULL while the key is unset. */
const struct setting_version *configuration_get(const struct configuration *self,
                                                enum configuration_id id);

/* The value, or the fallback; lent. */
const char *configuration_text(const struct configuration *self, enum configuration_id id);

/* The same of a NUMBER (0 when there is none) and of a FLAG. */
int64_t configuration_number(const struct configuration *self, enum configuration_id id);
bool configuration_flag(const struct configuration *self, enum configuration_id id);

#endif
