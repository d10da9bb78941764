/* decision.h - what goes into a rule and what comes out of it.
 *
 * A rule is a pure function: a command and the facts in, a decision out. The
 * rules of chats are in chat.h, those of presence in agent.h, those of tokens
 * in token_rules.h, those of accounts in account.h. */
#ifndef DECISION_H
#define DECISION_H

#include "configuration.h"
#include "roster.h"

/* An answer that is no. The texts are constants. */
struct refusal {
    int64_t status; /* as in HTTP */
    const char *code;
    const char *sentence;
};

extern const struct refusal chat_not_found;
extern const struct refusal chat_exists;
extern const struct refusal chat_has_ended;
extern const struct refusal chat_is_full;
extern const struct refusal too_many_chats;
extern const struct refusal claimed_by_another_agent;
extern const struct refusal message_exists;
extern const struct refusal message_not_found;
extern const struct refusal question_is_closed;
extern const struct refusal content_missing;
extern const struct refusal unknown_event;
extern const struct refusal event_is_not_theirs;
extern const struct refusal csa_is_offline;
extern const struct refusal agent_not_found;
extern const struct refusal login_is_taken;
extern const struct refusal user_exists;
extern const struct refusal last_administrator;
extern const struct refusal too_many_accounts;
extern const struct refusal account_is_gone;
extern const struct refusal role_not_allowed;
extern const struct refusal unknown_status;
extern const struct refusal unknown_setting;
extern const struct refusal value_out_of_limits;
extern const struct refusal token_is_missing;
extern const struct refusal token_is_revoked;
extern const struct refusal too_many_tokens;
extern const struct refusal idempotency_key_is_reused;
extern const struct refusal database_is_away;

/* Bounds; reaching one is a refusal. */
struct limits {
    int64_t open_chats;
    int64_t messages;              /* versions in a chat; one place is kept for its end */
    int64_t characters;            /* of all messages of a chat, see message_characters */
    int64_t tokens;                /* good ones at a time */
    int64_t ask_permission_s;      /* for how long a question is open; 0: for ever */
    int64_t inactive_chat_minutes; /* how long a chat may be silent; 0: for ever */
    int64_t accounts;
    int64_t mails; /* notices and mails that wait (notice.h); 0: there are none */
    int64_t mail_pause_ms;
    int64_t bot_ms; /* how long an end user waits for the bot; 0: there is none to ask */
};

/* What the shell found out for a command. All is lent. */
struct facts {
    int64_t now;        /* wall milliseconds; not less than any time decided before */
    int64_t seq;        /* which the next event will have */
    int64_t row;        /* which the next row will have */
    int64_t created;    /* of the newest chat */
    int64_t open_chats; /* now */
    int64_t mails;      /* likewise: see limits */
    int64_t tokens;     /* good ones, now */
    int64_t steady;     /* milliseconds; what deadlines are set by (deadlines.h) */
    int64_t part;       /* of the command, from 0: see decision.goes_on */
    const struct limits *limits;
    const struct configuration *configuration;
    bool token_is_revoked;           /* the command names a token that is not a good one */
    bool token_is_spent;             /* it is to spend one that was spent before */
    const struct chat *chat;         /* which the command names; NULL: no such chat */
    int64_t messages, characters;    /* of that chat */
    bool message_is_known;           /* that chat has a message with the command's message_id */
    const struct message *revised;   /* of message.revise and chat.pass_on: the newest version of
                                        the message that is named; NULL: none */
    const struct account *account;   /* see account_concerned; NULL: no such account */
    const struct account *login;     /* of account.add: who has that login; NULL: nobody */
    const struct deadline *deadline; /* see deadline_concerned; NULL: it is not set */
    int64_t accounts;                /* now; these two only for a command that changes accounts */
    int64_t administrators;
    const struct refusal *caller; /* why the account that asks may not; NULL: it may */
};

struct decision {
    const struct refusal *refusal;  /* not NULL: nothing else is set */
    bool writes_chat;               /* event.chat is a new version of the chat */
    bool writes_presence;           /* event.account has a new presence */
    bool writes_account;            /* account is a new version of an account */
    bool deletes_account;           /* account is the last version of an account */
    bool writes_profile;            /* event.profile is a new version of its settings */
    bool goes_on;                   /* the same command is decided once more, as its next part, on
                                       what this one changed: an event has one message. The answer
                                       is the last part's, which may not be refused */
    struct event event;             /* kind NULL: nothing happened that others need to know; its
                                       chat is the answer to a command on a chat */
    struct account account;         /* with its password hash */
    struct deadline_list deadlines; /* set; those with due 0 taken back. The only ones that a
                                       refused command may have, see due.h */
    int64_t mails_dropped;          /* there was no room for them */
    int64_t mails_given_up;         /* they were tried for too long */
};

typedef const struct refusal *decide_rule(const void *command, const struct facts *facts,
                                          struct decision *decision);

void decision_clear(struct decision *self);

/* Returns whether a decision leaves anything to be written. */
bool decision_writes(const struct decision *self);

/* ---- for the rules ---- */

/* From here on the decision has an event, of this kind and time. */
void decision_begin_event(struct decision *self, const struct facts *facts, const char *kind,
                          int64_t at);

/* The account goes into the event without its password hash. Returns it. */
struct account *decision_tell_account(struct decision *self, const struct account *account);

/* The event revokes a token. */
void decision_revoke(struct decision *self, const char *token_id, int64_t expires_at);

/* The event spends a token of somebody else; "": none. */
void decision_spend(struct decision *self, const char *token_id, int64_t expires_at);

/* Returns the greater one. */
int64_t later_of(int64_t a, int64_t b);

/* A STRING field: NULL reads as "". */
bool text_is(const char *field, const char *text);
bool text_is_empty(const char *field);

/* Sets a deadline in wait_ms from now. Returns it; id, kind and subject are
 * filled in, and the body is the rule's. */
struct deadline *decision_set_deadline(struct decision *self, const struct facts *facts,
                                       const struct deadline *about, int64_t wait_ms);

/* Takes a deadline back; it need not be set. */
void decision_remove_deadline(struct decision *self, const char *id);

#endif
