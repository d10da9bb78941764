/* scene.h - the stage that the tests of the program share, and the form of
 * most of them: a request, and what has to come of it. */
#ifndef SCENE_H
#define SCENE_H

#include "browser.h"

#define OTHER "22222222-2222-4222-8222-222222222222"
#define CHAT_OBJECT                                                                                \
    "{\"id\":\"" STAGE_CHAT "\",\"customerSupportId\":\"\",\"customerSupportDisplayName\":\"\""
#define MESSAGE_ROW           "[{\"id\":\"" STAGE_MESSAGE "\",\"chatId\":\"" STAGE_CHAT "\","
#define ASKED(name, text)     "\"" name "\":\"" text "\""
#define FORWARDED(value)      "{\"data\":{\"forwarding_validation\":" value
#define ERROR_BEGINNING(code) "{\"data\":null,\"error\":{\"code\":\"" code "\",\"message\":\""

extern struct stage *stage;

/* Whose cookie a request carries. */
enum who { NOBODY, END_USER, AGENT, ADMINISTRATOR, ANALYST, FORGED, EXPIRED, OTHERS_KIND };

enum { PARTS = 6 };

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): the order in which it reads */
struct scene {
    const char *method, *path;
    enum who who;
    const char *body;
    int status;
    const char *begins;       /* the answer's body */
    const char *asked[PARTS]; /* parts of what services were asked; none: see scene_asked_nothing */
};

/* For cmocka_run_group_tests. */
int scene_open(void **state);
int scene_close(void **state);

/* Sends a request with this cookie and more header lines ("" or whole ones);
 * what services were asked before is forgotten. */
struct reply scene_ask(const char *method, const char *path, enum who who, const char *headers,
                       const char *body);

/* Whether the services were asked nothing, or just whether the caller's token
 * is good: who has a worthless one is told that before anything else. */
bool scene_asked_nothing(void);

/* Fails the test when something else comes of it. */
void scene_play(const struct scene *scene);

#endif
