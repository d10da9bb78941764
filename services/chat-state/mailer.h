/* mailer.h - sends the mails that are rows among the deadlines (notice.h) to
 * the SMTP server, in the actor of fetch.h: the loop waits for nothing.
 *
 * A row that was written is tried; one that could not be sent is written again
 * when it is due. When the server takes no mails, that is logged once, and once
 * when it does again; never to whom they go, or what they say. */
#ifndef MAILER_H
#define MAILER_H

#include <czmq.h>

#include "batch.h"

struct mailer_settings {
    const char *url; /* smtp:// or smtps://; "": no mails are sent */
    const char *sender;
    const char *user, *password; /* "": no log-in */
    const char *tls;             /* for smtp://: starttls or none */
    const char *ca;              /* PEM file; "": the system's */
    int64_t retry_ms;            /* before the second try */
    int64_t most;                /* that wait at a time */
};

/* Returns 0, or -1 with the reason in why. */
int mailer_check(const struct mailer_settings *settings, char why[WHY_MAX]);

struct mailer;

/* Returns NULL when no mails are sent; the functions below then do nothing.
 * settings are lent. on_sent is called when mailer_add_sent has something to
 * add. */
struct mailer *mailer_new(zloop_t *loop, const struct mailer_settings *settings,
                          void (*on_sent)(void *), void *context);

/* Breaks off what is under way. */
void mailer_destroy(struct mailer **self);

/* Adds to the batch that the rows of mails that were sent are gone; after what
 * is due. */
void mailer_add_sent(struct mailer *self, struct batch *batch);

/* The batch was committed, or not: then they are added to the next one. */
void mailer_forget_sent(struct mailer *self, bool is_committed);

/* An outcome was committed: tries its mails. store: where the chats are that
 * some are about. */
void mailer_take(struct mailer *self, const struct decision *decision, struct store *store);

/* Another one leads, and sends them. */
void mailer_drop(struct mailer *self);

/* The gauge. */
void mailer_show(const struct memory *memory);

#endif
