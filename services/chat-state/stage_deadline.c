/* The deadlines of a group of commands, see stage.h. */
#include "leaving.h"
#include "notice.h"
#include "stage.h"

static const struct message_type *const deadline_type = &message_types[MESSAGE_deadline];

/* As it is after the commands so far, in the stage or in memory; one that is
 * not there may be in the database. */
static const struct deadline *look(const struct stage *self, const char *id, bool *is_known)
{
    *is_known = true;
    for (size_t i = self->deadlines.count; i > 0; i--) {
        const struct deadline *row = &self->deadlines.items[i - 1];
        if (text_is(row->id, id))
            return row->due ? row : NULL;
    }
    const struct deadline *row = deadlines_find(&self->memory->deadlines, id);
    *is_known = row || !self->memory->deadlines.has_more;
    return row;
}

int stage_find_deadline(struct stage *self, enum message_id type, const void *command,
                        struct findings *findings)
{
    char id[DEADLINE_ID_SIZE];
    bool is_known;

    findings->facts.steady = self->memory->deadlines.now;
    findings->facts.mails = self->mails;
    deadline_concerned(type, command, id);
    if (!*id)
        return 0;
    const struct deadline *row = look(self, id, &is_known);
    int rc = row ? 1 : 0;
    if (row)
        message_copy(deadline_type, &findings->deadline, row);
    else if (!is_known)
        rc = store_read_deadline(self->store, id, &findings->deadline);
    if (rc == 1)
        findings->facts.deadline = &findings->deadline;
    return rc == -1 ? -1 : 0;
}

void stage_take_deadline(struct stage *self, const struct deadline *row)
{
    message_copy(deadline_type, list_append((struct list *)&self->deadlines, deadline_type), row);
    self->mails += notice_waits(row);
}

void stage_take_deadlines(struct stage *self, const struct deadline_list *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        stage_take_deadline(self, &rows->items[i]);
}

/* Those of a chat that has ended go last: nothing is set for it afterwards. */
void stage_apply_deadlines(struct stage *self)
{
    struct deadlines *deadlines = &self->memory->deadlines;

    for (size_t i = 0; i < self->deadlines.count; i++)
        deadlines_set(deadlines, &self->deadlines.items[i]);
    for (const struct live *live = zhashx_first(self->chats); live; live = zhashx_next(self->chats))
        if (live->chat.ended)
            deadlines_remove_subject(deadlines, live->chat.id);
    self->memory->mails = self->mails;
}
