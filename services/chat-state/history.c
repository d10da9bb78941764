#include "history.h"

#include "change.h"

static const struct message_type *const label_type = &message_types[MESSAGE_label];

static const struct refusal label_invalid = {422, "label_invalid",
                                             "A label is one line of text, and not empty."};

static const struct refusal *needs_chat(const struct facts *facts)
{
    if (facts->token_is_revoked)
        return &token_is_revoked;
    return facts->chat ? NULL : &chat_not_found;
}

/* ---- labels ---- */

/* A line end divides labels in the database. */
static bool is_line(const char *text)
{
    for (const char *at = text ? text : ""; *at; at++)
        if ((unsigned char)*at < ' ')
            return false;
    return !text_is_blank(text);
}

static bool are_lines(const struct label_list *labels)
{
    for (size_t i = 0; i < labels->count; i++)
        if (!is_line(labels->items[i].name))
            return false;
    return true;
}

static bool has_label(const struct label_list *labels, const char *name)
{
    for (size_t i = 0; i < labels->count; i++)
        if (text_is(labels->items[i].name, name))
            return true;
    return false;
}

/* Adds each label that is not there yet. */
static void add_labels(struct label_list *to, const struct label_list *from)
{
    for (size_t i = 0; i < from->count; i++)
        if (!has_label(to, from->items[i].name))
            message_copy(label_type, list_append((struct list *)to, label_type), &from->items[i]);
}

static void drop_labels(struct label_list *labels)
{
    while (labels->count > 0)
        message_clear(label_type, &labels->items[--labels->count]);
}

static bool has_all(const struct label_list *labels, const struct label_list *others)
{
    for (size_t i = 0; i < others->count; i++)
        if (!has_label(labels, others->items[i].name))
            return false;
    return true;
}

const struct refusal *decide_labels(const void *self, const struct facts *facts,
                                    struct decision *decision)
{
    const struct chat_label *command = self;
    const struct refusal *refusal = needs_chat(facts);

    if (!refusal && !are_lines(&command->labels))
        refusal = &label_invalid;
    if (refusal)
        return refusal;
    if (has_all(&facts->chat->labels, &command->labels) &&
        has_all(&command->labels, &facts->chat->labels)) {
        change_nothing(decision, facts);
        return NULL;
    }
    struct chat *chat = change_chat(decision, facts, "chat.labelled");
    drop_labels(&chat->labels);
    add_labels(&chat->labels, &command->labels);
    decision->writes_chat = true;
    return NULL;
}

/* ---- the note ---- */

const struct refusal *decide_comment(const void *self, const struct facts *facts,
                                     struct decision *decision)
{
    const struct comment_set *command = self;
    const struct refusal *refusal = needs_chat(facts);
    const struct message_type *type = &message_types[MESSAGE_comment];

    if (refusal)
        return refusal;
    decision_begin_event(decision, facts, "comment.changed", facts->now);
    struct comment *comment = list_append((struct list *)&decision->event.comment, type);
    message_set_text(type, comment, "chat_id", command->chat_id);
    message_set_text(type, comment, "comment", command->comment);
    message_set_text(type, comment, "author_id", command->author_id);
    comment->created = decision->event.at;
    return NULL;
}
