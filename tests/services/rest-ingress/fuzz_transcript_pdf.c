/* fuzz_transcript_pdf - any text becomes a PDF, or is refused as too large. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "own.h"
#include "transcript_pdf.h"
#include "utf8.h"

enum { PLENTY_MS = 60 * 1000, CHARACTERS_MAX = 4000 }; /* of a paragraph */

static void make(const char *text)
{
    char why[WHY_MAX];
    msgpack_sbuffer pdf;

    msgpack_sbuffer_init(&pdf);
    enum pdf_outcome outcome = pdf_make(text, clock_monotonic_ms() + PLENTY_MS, &pdf, why);
    if (outcome == PDF_IS_NOT_MADE ||
        (outcome == PDF_IS_MADE && (pdf.size < 5 || memcmp(pdf.data, "%PDF-", 5) != 0)))
        abort();
    msgpack_sbuffer_destroy(&pdf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = own_copy_of((const char *)data, size);

    if (utf8_is_valid(text) && utf8_length(text) <= CHARACTERS_MAX)
        make(text);
    free(text);
    return 0;
}
