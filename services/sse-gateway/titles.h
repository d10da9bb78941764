/* titles.h - whether chats show csaTitle, as the configuration says (contract
 * §6.4), to agree with REST. When that changes, the values that are kept as
 * text are written anew, and who shows a chat is told it again. */
#ifndef TITLES_H
#define TITLES_H

#include "gateway.h"

/* Reads the configuration; when it is known, sync_begin() is called. */
void titles_open(struct gateway *self);

/* The configuration was changed. */
void titles_changed(struct gateway *self);

/* Safe when it was not opened. */
void titles_close(struct gateway *self);

#endif
