# Puts samples/<endpoint>.<kind>.<name>.json into the program, so that it needs
# no files when it runs. The document of the routes (openapi.h) shows them.
# The test of the document also reads the files.
set(out ${CMAKE_CURRENT_BINARY_DIR}/rest-ingress-samples)

file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/samples/*.json)
set(samples "")
foreach(FILE ${files}) # a glob is sorted
    get_filename_component(name ${FILE} NAME)
    string(REGEX MATCH "^(.+)\\.(.+)\\.(.+)\\.json$" matched ${name})
    set(endpoint ${CMAKE_MATCH_1})
    set(kind ${CMAKE_MATCH_2})
    set(label ${CMAKE_MATCH_3})
    as_literal(${FILE} literal)
    string(APPEND samples "    {\"/${endpoint}\", \"${kind}\", \"${label}\",\n     ${literal}},\n")
endforeach()

file(CONFIGURE OUTPUT ${out}/samples.c @ONLY CONTENT
"/* Made by embed.cmake from samples/. */
#include \"samples.h\"

#include <stddef.h>

const struct sample samples[] = {
@samples@    {NULL, NULL, NULL, NULL},
};
")
target_sources(rest-ingress-core PRIVATE ${out}/samples.c)
