/* Any bytes: the spans lie inside, and a verdict that came early stays. */
#include <stdint.h>
#include <stdlib.h>

#include "head.h"

static void check_span(struct span span, const char *text, size_t size)
{
    if (span.text && (span.text < text || span.text + span.size > text + size))
        abort();
}

static int parse(const uint8_t *data, size_t size)
{
    struct head head;
    const char *text = (const char *)data;
    int status = head_parse(&head, text, size);

    check_span(head.path, text, size);
    check_span(head.query, text, size);
    check_span(head.host, text, size);
    check_span(head.origin, text, size);
    check_span(head.cookie, text, size);
    check_span(head.last_event_id, text, size);
    check_span(head.forwarded, text, size);
    if (status == HEAD_WHOLE &&
        (head.size > size || !head.path.size || head.method == METHOD_OTHER))
        abort();
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > HEAD_MAX)
        size = HEAD_MAX;
    int last = parse(data, size);
    size_t step = size / 64 + 1;

    for (size_t part = 0; part < size; part += step) {
        int status = parse(data, part);
        if (status != HEAD_MORE && status != last)
            abort();
    }
    return 0;
}
