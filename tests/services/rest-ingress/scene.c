#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"
#include "test.h"

struct stage *stage;

static char *cookies[OTHERS_KIND + 1];

int scene_open(void **state)
{
    (void)state;
    stage = stage_open(false);
    cookies[NOBODY] = own_copy("a=b");
    cookies[END_USER] = stage_chat_cookie(stage, NULL, 60000);
    cookies[AGENT] = stage_agent_cookie(stage, "ROLE_CUSTOMER_SUPPORT_AGENT");
    cookies[ADMINISTRATOR] = stage_agent_cookie(stage, "ROLE_ADMINISTRATOR");
    cookies[ANALYST] = stage_agent_cookie(stage, "ROLE_ANALYST");
    cookies[FORGED] = stage_chat_cookie(stage, "someone-else", 60000);
    cookies[EXPIRED] = stage_chat_cookie(stage, NULL, -5000);
    /* An agent's token in the end user's cookie. */
    assert_true(asprintf(&cookies[OTHERS_KIND], "chatJwt=%s", strchr(cookies[AGENT], '=') + 1) > 0);
    return 0;
}

int scene_close(void **state)
{
    (void)state;
    for (size_t i = 0; i <= OTHERS_KIND; i++)
        free(cookies[i]);
    stage_close(&stage);
    return 0;
}

struct reply scene_ask(const char *method, const char *path, enum who who, const char *headers,
                       const char *body)
{
    char *lines;

    assert_true(asprintf(&lines, "Cookie: %s\r\n%s", cookies[who], headers) > 0);
    stage_forget(stage);
    struct reply reply = browse(stage, method, path, lines, body);
    free(lines);
    return reply;
}

bool scene_asked_nothing(void)
{
    const char *asked = stage_asked(stage);
    const char *end = strchr(asked, '\n');

    return !*asked ||
           (strncmp(asked, "token.check ", strlen("token.check ")) == 0 && end && end[1] == '\0');
}

void scene_play(const struct scene *scene)
{
    struct reply reply = scene_ask(scene->method, scene->path, scene->who,
                                   "Content-Type: application/json\r\n", scene->body);
    const char *asked = stage_asked(stage);

    if (reply.status != scene->status ||
        strncmp(reply.body, scene->begins, strlen(scene->begins)) != 0)
        fail_msg("%s %s %s: %d %s", scene->method, scene->path, scene->body ? scene->body : "",
                 reply.status, reply.body);
    for (size_t i = 0; i < PARTS && scene->asked[i]; i++)
        if (!strstr(asked, scene->asked[i]))
            fail_msg("%s %s: no %s in %s", scene->method, scene->path, scene->asked[i], asked);
    if (!scene->asked[0])
        assert_true(scene_asked_nothing());
    reply_clear(&reply);
}
