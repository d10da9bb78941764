#include "poster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"
#include "own.h"

enum { CONNECTIONS = 64 };

struct post {
    struct post *next;
    size_t size;
    char bytes[];
};

struct poster {
    struct lines *lines;
    size_t free[CONNECTIONS]; /* the lines that are */
    size_t free_count;
    struct post *first, *last; /* that wait for a line */
};

static void send_next(struct poster *self)
{
    struct post *post = self->first;

    self->first = post->next;
    lines_send(self->lines, self->free[--self->free_count], post->bytes, post->size);
    free(post);
}

static void on_answer(void *poster, size_t line, const char *answer)
{
    struct poster *self = poster;

    (void)answer;
    self->free[self->free_count++] = line;
    if (self->first)
        send_next(self);
}

struct poster *poster_new(int port)
{
    struct poster *self = own_zero(sizeof(*self));

    self->lines = lines_new(port, CONNECTIONS, on_answer, self);
    for (size_t line = 0; line < CONNECTIONS; line++)
        self->free[self->free_count++] = line;
    return self;
}

void poster_destroy(struct poster **self_p)
{
    struct poster *self = *self_p;

    lines_destroy(&self->lines);
    for (struct post *post; (post = self->first); free(post))
        self->first = post->next;
    free(self);
    *self_p = NULL;
}

static struct post *make(const char *path, const void *body, size_t size)
{
    char head[256];
    size_t head_size = (size_t)snprintf(head, sizeof(head),
                                        "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                                        "Content-Type: application/json\r\n"
                                        "Content-Length: %zu\r\n\r\n",
                                        path, size);
    struct post *post = own_grow(NULL, sizeof(*post) + head_size + size);

    post->next = NULL;
    post->size = head_size + size;
    memcpy(post->bytes, head, head_size);
    memcpy(post->bytes + head_size, body, size);
    return post;
}

void poster_post(struct poster *self, const char *path, const void *body, size_t size)
{
    struct post *post = make(path, body, size);

    if (self->first)
        self->last->next = post;
    else
        self->first = post;
    self->last = post;
    if (self->free_count)
        send_next(self);
}

int poster_fd(const struct poster *self)
{
    return lines_fd(self->lines);
}

int poster_turn(struct poster *self)
{
    return lines_turn(self->lines);
}
