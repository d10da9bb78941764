/* config.h - settings from the environment, read once at start.
 *
 * A service lists its settings in one table. The table is also what --help
 * prints and what the README shows. A secret NAME may be given as NAME_FILE,
 * the path of a file that holds it (as Docker secrets do). */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdint.h>
#include <stdio.h>

enum setting_type { SETTING_TEXT, SETTING_NUMBER, SETTING_SECRET };

struct setting {
    const char *name; /* of the environment variable; NULL ends the table */
    enum setting_type type;
    void *value;          /* const char ** or int64_t * */
    const char *fallback; /* NULL: it has to be set */
    const char *doc;
    int64_t least, most; /* of a number; both 0: any from 0 on */
};

/* Fills every value of the table, from the environment or the fallback. The
 * texts stay valid for the life of the process. Returns 0, or -1 after naming
 * every setting that is missing or malformed on complaints, one a line. */
int config_read(const struct setting *settings, FILE *complaints);

/* Prints one setting a line: name, what it is, and its fallback. */
void config_print(const struct setting *settings, FILE *out);

#endif
