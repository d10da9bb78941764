/* log.h - one JSON object a line on standard error.
 *
 *     log_info("message stored", "chat_id", chat_id, "took_ms", took);
 *
 * The first argument says what happened, in words that never change; what
 * changes goes in the name and value pairs, all of them text. Never log
 * content, names of people or tokens. */
#ifndef LOG_H
#define LOG_H

#include <syslog.h> /* LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERR; czmq.h has them too */

#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__, (char *)NULL)
#define log_info(...)  log_write(LOG_INFO, __VA_ARGS__, (char *)NULL)
#define log_warn(...)  log_write(LOG_WARNING, __VA_ARGS__, (char *)NULL)
#define log_error(...) log_write(LOG_ERR, __VA_ARGS__, (char *)NULL)

/* Puts the service name on every line (it must stay valid), and drops lines
 * less severe than least_level. */
void log_open(const char *name, int least_level);

/* Returns the level of this name (error, warn, info, debug), -1 for none. */
int log_level_named(const char *name);

/* Name and value pairs of strings follow the event, then NULL. A NULL value
 * ends the list, so pass "" for nothing. Keeps errno. */
__attribute__((sentinel)) void log_write(int level, const char *event, ...);

/* Text for a number in a log pair; valid until the eighth call after. */
const char *log_number(long long number);

#endif
