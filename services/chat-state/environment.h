/* environment.h - the settings of chat-state (README.md has them as a table). */
#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

#include "bot_talk.h"
#include "mailer.h"
#include "service.h"
#include "upkeep.h"
#include "writer.h"

struct environment {
    struct writer_settings writer;
    struct upkeep_settings upkeep;
    struct mailer_settings mailer;
    struct bot_settings bot;
};

/* What service_run reads; it fills environment. */
extern const struct setting environment_settings[];
extern struct environment environment;

/* Returns 0, or -1 with the reason in why when some do not go together. */
int environment_check(char why[WHY_MAX]);

#endif
