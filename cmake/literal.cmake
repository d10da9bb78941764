# The text of a file as a C string literal; when the file changes, CMake runs
# again.
function(as_literal FILE RESULT)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${FILE})
    file(READ ${FILE} text)
    string(REPLACE "\\" "\\\\" text "${text}")
    string(REPLACE "\"" "\\\"" text "${text}")
    string(REPLACE "\n" "\\n\"\n     \"" text "${text}")
    set(${RESULT} "\"${text}\"" PARENT_SCOPE)
endfunction()
