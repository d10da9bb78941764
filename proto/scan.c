#include "scan.h"

struct scan {
    const unsigned char *at;
    size_t left;
    uint64_t expected[SCAN_DEPTH_MAX + 1]; /* values still to come, level by level */
    int depth;
};

/* What follows the first byte of each form 0xc0 to 0xdf: bytes of a length or
 * a count, fixed payload bytes, and how many values each counted entry is. */
static const struct form {
    signed char length_bytes; /* -1: never used */
    unsigned char payload;
    unsigned char values; /* 0: the length counts bytes; 1: array; 2: map */
} forms[32] = {
    {0, 0, 0},  {-1, 0, 0}, {0, 0, 0}, {0, 0, 0}, {1, 0, 0}, {2, 0, 0}, {4, 0, 0}, {1, 1, 0},
    {2, 1, 0},  {4, 1, 0},  {0, 4, 0}, {0, 8, 0}, {0, 1, 0}, {0, 2, 0}, {0, 4, 0}, {0, 8, 0},
    {0, 1, 0},  {0, 2, 0},  {0, 4, 0}, {0, 8, 0}, {0, 2, 0}, {0, 3, 0}, {0, 5, 0}, {0, 9, 0},
    {0, 17, 0}, {1, 0, 0},  {2, 0, 0}, {4, 0, 0}, {2, 0, 1}, {4, 0, 1}, {2, 0, 2}, {4, 0, 2},
};

static bool skip(struct scan *scan, uint64_t bytes)
{
    if (bytes > scan->left)
        return false;
    scan->at += bytes;
    scan->left -= (size_t)bytes;
    return true;
}

/* Every entry takes at least a byte, so a truthful count is never more than
 * the bytes left. */
static bool enter(struct scan *scan, uint64_t values)
{
    if (values > scan->left)
        return false;
    if (values == 0)
        return true;
    if (scan->depth == SCAN_DEPTH_MAX)
        return false;
    scan->expected[++scan->depth] = values;
    return true;
}

static uint64_t big_endian(const unsigned char *at, int bytes)
{
    uint64_t number = 0;

    for (int i = 0; i < bytes; i++)
        number = number << 8 | at[i];
    return number;
}

static bool take_form(struct scan *scan, const struct form *form)
{
    if (form->length_bytes < 0 || (size_t)form->length_bytes > scan->left)
        return false;
    uint64_t length = big_endian(scan->at, form->length_bytes);
    (void)skip(scan, (uint64_t)form->length_bytes);
    if (form->values)
        return enter(scan, length * form->values);
    return skip(scan, length + form->payload);
}

static bool take_value(struct scan *scan)
{
    unsigned char first = *scan->at;

    (void)skip(scan, 1);
    if (first < 0x80 || first >= 0xe0) /* a small number */
        return true;
    if (first < 0x90)
        return enter(scan, 2 * (uint64_t)(first & 0x0fU));
    if (first < 0xa0)
        return enter(scan, first & 0x0fU);
    if (first < 0xc0)
        return skip(scan, first & 0x1fU);
    return take_form(scan, &forms[first - 0xc0]);
}

bool scan_is_one_value(const void *data, size_t size)
{
    struct scan scan = {data, size, {1}, 0};

    while (scan.depth >= 0) {
        if (scan.expected[scan.depth] == 0) {
            scan.depth--;
            continue;
        }
        scan.expected[scan.depth]--;
        if (scan.left == 0 || !take_value(&scan))
            return false;
    }
    return scan.left == 0;
}

/* ---- what was looked over ---- */

static bool is_number(unsigned char first, const unsigned char *payload)
{
    bool is_signed = first >= 0xd0 && first <= 0xd3;

    return (first >= 0xcc && first <= 0xcf) || (is_signed && *payload < 0x80);
}

/* The forms 0xc0 to 0xdf; *at is past the first byte. */
static struct scan_value form_value(unsigned char first, const unsigned char **at)
{
    const struct form *form = &forms[first - 0xc0];
    uint64_t length = big_endian(*at, form->length_bytes);
    const unsigned char *payload = *at + form->length_bytes;

    *at = payload;
    if (form->values)
        return (struct scan_value){.kind = form->values == 1 ? SCAN_LIST : SCAN_MAP,
                                   .size = (size_t)length};
    *at += length + form->payload;
    if (first >= 0xd9)
        return (struct scan_value){SCAN_TEXT, 0, (const char *)payload, (size_t)length};
    if (is_number(first, payload))
        return (struct scan_value){.kind = SCAN_NUMBER,
                                   .number = big_endian(payload, form->payload)};
    if (first == 0xc2 || first == 0xc3)
        return (struct scan_value){.kind = SCAN_BOOL, .number = first & 1U};
    return (struct scan_value){.kind = SCAN_OTHER};
}

struct scan_value scan_take(const unsigned char **at)
{
    unsigned char first = *(*at)++;

    if (first < 0x80)
        return (struct scan_value){.kind = SCAN_NUMBER, .number = first};
    if (first < 0x90)
        return (struct scan_value){.kind = SCAN_MAP, .size = first & 0x0fU};
    if (first < 0xa0)
        return (struct scan_value){.kind = SCAN_LIST, .size = first & 0x0fU};
    if (first >= 0xe0)
        return (struct scan_value){.kind = SCAN_OTHER};
    if (first >= 0xc0)
        return form_value(first, at);
    struct scan_value text = {SCAN_TEXT, 0, (const char *)*at, first & 0x1fU};
    *at += text.size;
    return text;
}

void scan_skip(const unsigned char **at)
{
    for (uint64_t left = 1; left; left--) {
        struct scan_value value = scan_take(at);
        if (value.kind == SCAN_LIST)
            left += value.size;
        else if (value.kind == SCAN_MAP)
            left += 2 * (uint64_t)value.size;
    }
}
