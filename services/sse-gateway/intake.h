/* intake.h - from the bytes of a request to a stream or a refusal. */
#ifndef INTAKE_H
#define INTAKE_H

#include "connection.h"
#include "request.h"

/* The browser sent something. */
void intake_read(struct connection *self);

/* Reads its request, which was held, once more. */
void intake_resume(struct connection *self);

/* Answers with a refusal and lets the client close. cors: the CORS lines. */
void intake_refuse(struct connection *self, const struct refusal *refusal, const char *cors,
                   enum method method);

#endif
