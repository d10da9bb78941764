/* span.h - a piece of text that lies inside another and has no zero after it. */
#ifndef SPAN_H
#define SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
    const char *text; /* NULL: there is none */
    size_t size;
};

static inline bool span_is(struct span self, const char *text)
{
    return self.text && self.size == strlen(text) && memcmp(self.text, text, self.size) == 0;
}

#endif
