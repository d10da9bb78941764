/* reason.h - the reasons for which a chat may end (contract §8.1). */
#ifndef REASON_H
#define REASON_H

#include <stdbool.h>

/* Returns whether event is one of them: the seven of the original in upper
 * snake, lower snake or lower kebab case, or one of those that other clients
 * send. It is stored as it came. */
bool reason_is_known(const char *event);

#endif
