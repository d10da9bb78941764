/* fuzz_token - token_verify on any text. The key is made at the start, so no
 * input can be a good token: whatever is accepted is a finding. An input that
 * is a JSON object is also signed, and must come back as it was. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "own.h"
#include "token.h"

static const int64_t now = 1700000000000;
static struct token_key *key;

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static void make_key(void)
{
    char path[] = "/tmp/kratt-fuzz-token-XXXXXX", why[WHY_MAX];
    int fd = mkstemp(path);

    expect(fd != -1);
    close(fd);
    unlink(path);
    key = token_key_open(path, NULL, why);
    expect(key != NULL);
    unlink(path);
}

static void is_refused(const char *text)
{
    char why[WHY_MAX] = "";
    struct token token;

    expect(token_verify(key, "kratt", text, now, &token, why) == -1);
    expect(*why && !token.content);
}

static bool has_registered(const json_t *content)
{
    static const char *const names[] = {"iss", "sub", "aud", "exp", "nbf", "iat", "jti"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (json_object_get(content, names[i]))
            return true;
    return false;
}

static void comes_back(json_t *content)
{
    struct token token = {.content = content}, read;
    char why[WHY_MAX] = "";
    char *text = token_sign(key, "kratt", &token, now, 1000);
    bool is_long = strlen(text) > 8192;

    expect(token_verify(key, "kratt", text, now, &read, why) == (is_long ? -1 : 0));
    expect(is_long || json_equal(read.content, content));
    token_clear(&read);
    expect(token_verify(key, "kratt", text, now + 1000, &read, why) == -1);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!key)
        make_key();
    char *text = own_copy_of((const char *)data, size);
    is_refused(text);
    free(text);
    json_t *content = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(content) && !has_registered(content))
        comes_back(content);
    json_decref(content);
    return 0;
}
