/* institution.h - asks another institution's Kratt, for an exchange that waits
 * for it. */
#ifndef INSTITUTION_H
#define INSTITUTION_H

#include "establishments.h"
#include "exchange.h"
#include "fetch.h"

/* Ends the exchange. answer has a status. */
typedef void on_institution(struct exchange *self, const struct fetch_answer *answer);

/* What an exchange asks; part of its work, and left with it. */
struct inquiry {
    struct exchange *exchange;
    struct establishment *whom;
    on_institution *then;
    uint64_t ticket; /* 0: nothing is asked */
};

/* Reads the file of this name, unless it is "", and gets ready to ask those in
 * it. Returns 0, or -1 after logging. */
int institutions_open(struct ingress *ingress, const char *path, const struct fetch_limits *limits);
void institutions_close(struct ingress *ingress);

/* POSTs body (JSON) to path there, with these headers, of which NULL is none.
 * then is called when it has answered; when it does not, or may not be asked
 * now, the exchange ends with 503. */
void institution_ask(struct inquiry *self, const char *path,
                     const char *const headers[FETCH_HEADERS], const char *body);

/* The answer is of no interest any more. */
void institution_leave(struct inquiry *self);

#endif
