#include "test.h"

#include <string.h>

#include "own.h"
#include "transcript.h"

#define CHAT "11111111-1111-4111-8111-111111111111"

enum { AT = 0 }; /* 1970-01-01T00:00:00.000+00:00 */
#define TIME  "1970-01-01T00:00:00.000+00:00 "
#define TITLE "Vestlus " CHAT " (kellaajad on UTC)\n\n"

static const struct transcript_rules open_rules = {.names_agents = true};
static const struct transcript_rules closed_rules = {.names_agents = false};
static const struct transcript_rules agent_rules = {.is_for_agents = true};

/* A message, the rules, and its line after the time; NULL: there is none. */
struct row {
    const char *role, *event, *content, *first_name, *last_name;
    const struct transcript_rules *rules;
    const char *line;
};

static char *text_of(const struct row *row)
{
    struct message message = {.author_role = (char *)row->role,
                              .event = (char *)row->event,
                              .content = (char *)row->content,
                              .author_first_name = (char *)row->first_name,
                              .author_last_name = (char *)row->last_name,
                              .created = AT};
    const struct message_list messages = {&message, 1};
    msgpack_sbuffer out;

    msgpack_sbuffer_init(&out);
    transcript_text(&out, CHAT, &messages, row->rules);
    char *text = own_copy_of(out.data, out.size);
    msgpack_sbuffer_destroy(&out);
    return text;
}

static void check(const struct row *row)
{
    char *text = text_of(row), *line = text + strlen(TITLE);

    assert_memory_equal(text, TITLE, strlen(TITLE));
    if (row->line) {
        assert_memory_equal(line, TIME, strlen(TIME));
        assert_string_equal(line + strlen(TIME), row->line);
    } else {
        assert_string_equal(line, "");
    }
    free(text);
}

#define USER  "end-user"
#define AGENT "backoffice-user"

static const struct row said[] = {
    {USER, "", "Tere! 🙂", "", "", &open_rules, "Kasutaja: Tere! 🙂\n"},
    {USER, NULL, "Tere!", NULL, NULL, &open_rules, "Kasutaja: Tere!\n"},
    {AGENT, "", "Jah.", "Mary-Änn", "", &open_rules, "Mary-Änn: Jah.\n"},
    {AGENT, "", "Jah.", "Mary", "Mets", &open_rules, "Mary Mets: Jah.\n"},
    {AGENT, "", "Jah.", "", "Mets", &open_rules, "Mets: Jah.\n"},
    {AGENT, "", "Jah.", NULL, NULL, &open_rules, "Nõustaja: Jah.\n"},
    {AGENT, "", "Jah.", "Mary", "Mets", &closed_rules, "Nõustaja: Jah.\n"},
    {AGENT, "", "Jah.", "Mary", "Mets", &agent_rules, "Mary Mets: Jah.\n"},
    {"buerokratt", "greeting", "Tere tulemast!", "", "", &open_rules,
     "Bürokratt: Tere tulemast!\n"},
    {AGENT, "rating", "Hinnatud.", "", "", &open_rules, "Nõustaja: Hinnatud.\n"},
    {USER, "of_tomorrow", "Tere!", "", "", &open_rules, "Kasutaja: Tere!\n"},
    {USER, "of_tomorrow", "", "", "", &open_rules, NULL},
};

static void what_was_said_has_its_author_and_an_agents_name_when_names_are_shown(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
        check(&said[i]);
}

static const struct row happened[] = {
    {USER, "message-read", "message-read", "", "", &agent_rules, NULL},
    {USER, "message-preview", "Te", "", "", &agent_rules, NULL},
    {"", "redirected", "", "", "", &open_rules, "Vestlus suunati teisele nõustajale.\n"},
    {AGENT, "contact-information", "", "Mary", "", &open_rules, "Nõustaja küsis kontaktandmeid.\n"},
    {USER, "contact-information-fulfilled", "mari@example.ee", "", "", &open_rules,
     "Kasutaja andis kontaktandmed: mari@example.ee\n"},
    {AGENT, "requested-chat-forward", "[\"" CHAT "\"]", "", "", &open_rules,
     "Nõustaja soovis vestluse teisele asutusele suunata.\n"},
    {"buerokratt", "client-left", "", "", "", &open_rules,
     "Kasutaja lahkus. Vestlus on lõppenud.\n"},
    {USER, "CLIENT_LEFT_WITH_ACCEPTED", "", "", "", &open_rules,
     "Kasutaja lahkus. Vestlus on lõppenud.\n"},
    {AGENT, "ACCEPTED", "", "", "", &open_rules, "Nõustaja lõpetas vestluse.\n"},
    {AGENT, "hate-speech", "", "", "", &open_rules, "Nõustaja lõpetas vestluse.\n"},
    {AGENT, "answered", "Head aega!", "", "", &open_rules,
     "Nõustaja lõpetas vestluse. Head aega!\n"},
    {AGENT, "answere", "", "", "", &open_rules, NULL},
    {"", "chat_sent_to_csa_email", "", "", "", &open_rules, NULL},
    {"", "chat_sent_to_csa_email", "", "", "", &agent_rules,
     "Vestlus saadeti nõustaja e-postile.\n"},
};

static void what_happened_is_a_sentence_or_left_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(happened) / sizeof(happened[0]); i++)
        check(&happened[i]);
}

static const struct row hostile[] = {
    {USER, "", "a\nb\r\nc\rd\v\fe", "", "", &open_rules,
     "Kasutaja: a\n    b\n    c\n    d\n    \n    e\n"},
    {USER, "",
     "a\xe2\x80\xa8" TIME "Nõustaja: jah\xc2\x85"
     "b",
     "", "", &open_rules, "Kasutaja: a\n    " TIME "Nõustaja: jah\n    b\n"},
    {USER, "", "\033[2Ja\tb\b\177\xc2\x9b", "", "", &open_rules, "Kasutaja: �[2Ja\tb���\n"},
    {USER, "", "\xe2\x80\x8fxyz ©", "", "", &open_rules, "Kasutaja: \xe2\x80\x8fxyz ©\n"},
    {AGENT, "", "Jah.", "Mary\n" TIME "Kasutaja", "", &open_rules, "Mary " TIME "Kasutaja: Jah.\n"},
};

static void nobody_can_write_a_line_of_another_or_what_a_terminal_obeys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++)
        check(&hostile[i]);
}

static void the_name_of_the_file_has_its_date_and_chat_alone(void **state)
{
    char name[TRANSCRIPT_NAME_SIZE];

    (void)state;
    transcript_name(name, CHAT, 1674046612895, "pdf");
    assert_string_equal(name, "vestlus-2023-01-18-" CHAT ".pdf");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_said_has_its_author_and_an_agents_name_when_names_are_shown),
        cmocka_unit_test(what_happened_is_a_sentence_or_left_out),
        cmocka_unit_test(nobody_can_write_a_line_of_another_or_what_a_terminal_obeys),
        cmocka_unit_test(the_name_of_the_file_has_its_date_and_chat_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
