/* mail.h - an e-mail as it goes over the wire (RFC 5322, RFC 2045 to 2047): a
 * line of subject and a plain text, in UTF-8. Pure: who sends it, and when, is
 * not known here. */
#ifndef MAIL_H
#define MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MAIL_ADDRESS_MAX = 254, /* RFC 5321 §4.5.3.1.3, without the brackets */
    MAIL_SUBJECT_MAX = 500, /* bytes; longer ones are cut between characters */
};

struct mail {
    const char *from, *to; /* mail_address_is_valid() */
    const char *id;        /* what comes before the @ of Message-ID: letters, digits, hyphens */
    const char *subject, *text;
    int64_t at; /* wall milliseconds */
};

/* Whether this may stand in a header and in a command of SMTP: one address
 * without name, comment or quotes (RFC 5321 §4.1.2, of which it takes less). */
bool mail_address_is_valid(const char *text);

/* Returns the message, lines ended by CRLF; the caller frees it. Subject and
 * text may be anything: they cannot become headers. */
char *mail_compose(const struct mail *mail, size_t *size);

#endif
