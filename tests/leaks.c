/* leaks.c - in builds with the leak check of AddressSanitizer: what it cannot
 * see. Fontconfig refers to the parts of what it keeps by their distance from
 * it, and a thread of Pango's may be reading fonts when a program ends. */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c): the names are the sanitizer's */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\nleak:libpangoft2\n";
}

const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c) */
