/* setting_input.h - what a client sends as the value of a setting
 * (configuration.def), checked, into the settings of a setting.set. Pure. */
#ifndef SETTING_INPUT_H
#define SETTING_INPUT_H

#include "input.h"

/* A parameter of INPUT_SETTING: json is its value in the body, else text is a
 * string; one of them is there. A yes or no is a boolean or a string, a number
 * likewise, and words are a string, a yes or no, or a list of strings, which
 * are joined by commas. Returns 0, or -1 with the reason in refusal. */
int setting_decode(const struct input *input, const json_t *json, const char *text,
                   struct setting_set *set, struct refusal *refusal);

/* A parameter of INPUT_UNSET: the key that is to be unset. */
int setting_decode_key(const struct input *input, const char *key, struct setting_set *set,
                       struct refusal *refusal);

#endif
