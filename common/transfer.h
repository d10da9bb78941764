/* transfer.h - what fetch.c has its actor do: the side of libcurl, for it
 * alone. */
#ifndef TRANSFER_H
#define TRANSFER_H

#include "codec.h"
#include "fetch.h"

/* A question and its answer. Belongs to the loop, but while the actor works on
 * it: the pointer goes to the actor and comes back, and nobody else looks at it
 * in between. */
struct transfer {
    char *url, *body; /* body: NULL to GET */
    char *headers[FETCH_HEADERS];
    char *from, *to, *user, *password; /* to: NULL when it is no mail */
    bool needs_tls;

    int status; /* 0: no answer, and why; of a mail that was not taken both */
    char *answer;
    size_t answer_size;
    char why[WHY_MAX];
};

/* To pair with each other, from any thread, before the actor and after it. */
void transfers_open(void);
void transfers_close(void);

/* The actor (zactor_fn); arguments is a struct fetch_limits, lent until the
 * actor has signalled. A message is a pointer to a transfer, which comes back
 * when it is done, or $TERM. */
void transfers_run(zsock_t *pipe, void *arguments);

void transfer_send(zsock_t *pipe, struct transfer *transfer);

/* Returns the transfer in the frame, NULL when it is another message. */
struct transfer *transfer_of(zframe_t *frame);

#endif
