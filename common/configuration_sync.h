/* configuration_sync.h - keeps a service's copy of the configuration as
 * chat-state has it. It is read at the start, and again whenever log.head names
 * another version, within a second of a change. What cannot be read is asked for
 * again each second; until then the copy stays as it is. */
#ifndef CONFIGURATION_SYNC_H
#define CONFIGURATION_SYNC_H

#include "caller.h"
#include "configuration.h"

struct configuration_sync {
    struct caller *caller; /* of chat-state; lent, as are the next two */
    struct timers *timers;
    struct configuration *copy;
    void (*on_read)(void *self); /* called whenever all of it was read */
    void *self;
    struct timer again;
    uint64_t ticket; /* of the question that is not answered; 0: none */
    bool asks_again; /* something changed since it was asked */
    bool is_known;   /* it was read once */
    char log_id[UUID_SIZE];
    int64_t seq; /* what log.head says of what was read */
};

/* Asks for it at once. self holds caller, timers, copy, on_read and self, and
 * else zeroes. The caller must outlive it. */
void configuration_sync_start(struct configuration_sync *self);

/* Takes the word of chat-state. */
void configuration_sync_head(struct configuration_sync *self, const struct log_head *head);

/* An event says that it was changed: asks for it at once. */
void configuration_sync_changed(struct configuration_sync *self);

/* Safe on a zeroed struct. */
void configuration_sync_stop(struct configuration_sync *self);

#endif
