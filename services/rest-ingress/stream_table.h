/* stream_table.h - the streams of sse-gateway, as the document of the routes
 * tells them (openapi.h). Their own table is sse-gateway's streams.c; a test
 * compares the two. */
#ifndef STREAM_TABLE_H
#define STREAM_TABLE_H

#include <stdbool.h>

enum stream_reader { READER_ANYONE, READER_END_USER, READER_AGENT, READER_OF_CHAT };

struct stream_told {
    const char *name; /* one that ends with a slash is followed by a chat's id */
    enum stream_reader who;
    bool is_later; /* under /sse/, but as a native one */
    const char *parameters[3];
    const char *about;
    const char *value; /* of a native frame (value.h) */
};

/* All of them; ends at a NULL name. */
extern const struct stream_told streams_told[];

#endif
