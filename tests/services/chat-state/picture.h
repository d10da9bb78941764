/* picture.h - what memory knows, as text to compare. */
#ifndef PICTURE_H
#define PICTURE_H

#include "memory.h"

enum picture {
    PICTURE_ALL,
    /* What is the same when it is read anew: without what a chat holds, which
     * is counted later, and without seq and updated of chats and the clock,
     * which a message moves and a new chat version keeps. */
    PICTURE_READ,
};

/* The caller frees it. */
char *picture_of(const struct memory *memory, enum picture picture);

#endif
