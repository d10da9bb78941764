/* transcript_pdf.h - a text as PDF: A4, any script that there is a font for, by
 * Pango and cairo. For an actor (jobs.h), as it takes its time. */
#ifndef TRANSCRIPT_PDF_H
#define TRANSCRIPT_PDF_H

#include <msgpack.h>
#include <stdint.h>

#include "codec.h"

enum {
    PDF_TEXT_MAX = 512 * 1024, /* bytes */
    PDF_PAGES_MAX = 500,
    PDF_SIZE_MAX = 8 * 1024 * 1024, /* bytes */
};

enum pdf_outcome {
    PDF_IS_MADE,
    PDF_IS_TOO_LARGE,
    PDF_IS_NOT_MADE, /* this time */
};

/* Appends the PDF of text to out. text: valid UTF-8 of at most PDF_TEXT_MAX
 * bytes; a paragraph is a line, the first one is the title. What a paragraph
 * takes rises with the square of its length: a message has 3000 characters at
 * most. A character that no
 * font has becomes a box, which is still that character to who searches or
 * copies. deadline: monotonic milliseconds. Unless it is made, why says why, and
 * what is in out is of no use. */
enum pdf_outcome pdf_make(const char *text, int64_t deadline, msgpack_sbuffer *out,
                          char why[WHY_MAX]);

/* The same as a piece of work for jobs.h. */
struct pdf {
    msgpack_sbuffer text; /* ends in a zero */
    int64_t deadline;
    enum pdf_outcome outcome;
    msgpack_sbuffer bytes;
    char why[WHY_MAX];
};

/* Copies text. */
struct pdf *pdf_new(const msgpack_sbuffer *text, int64_t deadline);
void pdf_destroy(void *self);
void pdf_do(void *self);

#endif
