/* words.h - whether a text has some words in it, one after the other, with
 * anything between them (contract C-16).
 *
 * Case does not count, in ASCII and in the letters of Latin-1, Latin
 * Extended-A, Greek and Cyrillic. Databases do not agree on it: SQLite knows
 * ASCII alone, PostgreSQL what its locale knows. Therefore it is done here. */
#ifndef WORDS_H
#define WORDS_H

#include <stdbool.h>

/* Returns the text in UTF-8 with its letters in lower case; the caller frees
 * it. */
char *words_fold(const char *text);

/* words: folded, divided by white space; without a word in it, it is in no
 * text. */
bool words_are_in(const char *words, const char *text);

#endif
