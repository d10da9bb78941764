/* server.h - what the processes of the server under test cost, from /proc. */
#ifndef SERVER_H
#define SERVER_H

#include <stdint.h>

/* Returns the seconds of CPU that the processes (comma-separated ids) have
 * used, user and system together, in steps of a clock tick. */
double server_cpu(const char *pids);

/* Returns their memory in KiB: what is private, and of what is shared each
 * process's part (Pss), so that nothing counts twice. */
int64_t server_memory(const char *pids);

#endif
