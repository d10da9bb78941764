# Puts sql/<name>.sql and migrations/NNNN-<name>.sql into the program, so that
# it needs no files when it runs. sql/add_chat.sql becomes SQL_add_chat.
set(here ${CMAKE_CURRENT_LIST_DIR})
set(out ${CMAKE_CURRENT_BINARY_DIR}/chat-state-sql)

file(GLOB files CONFIGURE_DEPENDS ${here}/sql/*.sql)
set(names "")
set(statements "")
foreach(FILE ${files})
    get_filename_component(name ${FILE} NAME_WE)
    as_literal(${FILE} literal)
    string(APPEND names "    SQL_${name},\n")
    string(APPEND statements "    {\"${name}\",\n     ${literal}},\n")
endforeach()

file(GLOB files CONFIGURE_DEPENDS ${here}/migrations/*.sql)
list(LENGTH files count)
set(migrations "")
foreach(FILE ${files}) # a glob is sorted
    get_filename_component(name ${FILE} NAME_WE)
    string(REGEX REPLACE "^0*([0-9]+)-.*$" "\\1" version ${name})
    as_literal(${FILE} literal)
    string(APPEND migrations "    {${version}, \"${name}\",\n     ${literal}},\n")
endforeach()

file(CONFIGURE OUTPUT ${out}/statements.h @ONLY CONTENT
"/* Made by embed.cmake from sql/ and migrations/. */
#ifndef STATEMENTS_H
#define STATEMENTS_H

#include <stdint.h>

enum statement {
@names@    STATEMENT_COUNT
};

enum { MIGRATION_COUNT = @count@ };

extern const struct statement_text {
    const char *name;
    const char *sql;
} statements[STATEMENT_COUNT];

/* In order of version. */
extern const struct migration {
    int64_t version;
    const char *name;
    const char *sql;
} migrations[MIGRATION_COUNT];

#endif
")
file(CONFIGURE OUTPUT ${out}/statements.c @ONLY CONTENT
"#include \"statements.h\"

const struct statement_text statements[STATEMENT_COUNT] = {
@statements@};

const struct migration migrations[MIGRATION_COUNT] = {
@migrations@};
")
target_sources(chat-state-core PRIVATE ${out}/statements.c)
target_include_directories(chat-state-core PUBLIC ${out})
