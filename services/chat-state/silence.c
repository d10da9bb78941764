#include "silence.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "leaving.h"
#include "own.h"

enum { MINUTE_MS = 60 * 1000 };

const char silence_sentence[] = "Vestlus lõpetati, sest selles ei ole enam kirjutatud.";

int64_t silence_ms(const struct limits *limits)
{
    return limits->inactive_chat_minutes * MINUTE_MS;
}

void silence_note(struct deadline *row, const struct chat *chat)
{
    char text[32];

    snprintf(text, sizeof(text), "%" PRId64, chat->updated);
    own_replace(&row->body, text);
}

void silence_begin(struct decision *decision, const struct facts *facts, const struct chat *chat)
{
    char id[DEADLINE_ID_SIZE];
    const struct deadline about = {
        .id = id, .kind = (char *)KIND_INACTIVE, .subject = (char *)chat->id};

    if (!silence_ms(facts->limits))
        return;
    snprintf(id, sizeof(id), "%s:%s", KIND_INACTIVE, chat->id);
    silence_note(decision_set_deadline(decision, facts, &about, silence_ms(facts->limits)), chat);
}

/* That something happened since, and the time is over all the same, is a clock
 * that jumped: then it begins anew. A row that has seen nothing yet is one of
 * a chat that was open when this was switched on. */
int64_t silence_rest(const struct deadline *row, const struct chat *chat,
                     const struct limits *limits, int64_t now)
{
    int64_t seen = strtoll(row->body ? row->body : "", NULL, 10);
    int64_t span = silence_ms(limits);
    int64_t rest = chat->updated + span - now;

    if (chat->updated == seen || (!seen && rest <= 0))
        return 0;
    return rest > 0 && rest < span ? rest : span;
}
