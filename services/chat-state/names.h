/* names.h - a list of names as one column of text, with a sign between them:
 * the roles of an account, the labels of a chat. */
#ifndef NAMES_H
#define NAMES_H

#include "codec.h"

/* The records of a list have a field called name, and no name has the
 * divider in it. Returns their names; the caller frees it. */
char *names_join(const struct list *list, enum message_id record, char divider);

/* Appends a record for each name. */
void names_split(const char *names, char divider, struct list *list, enum message_id record);

#endif
