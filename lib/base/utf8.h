/*
 * utf8.h - text that Postgres and JSON readers will take.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Whether all of s is UTF-8: no overlong form, no surrogate. */
bool utf8_valid(const char *s);

/* How long the character is that these n > 0 bytes begin with; 0: it is none.
 */
size_t utf8_character(const void *, size_t n);

/* How many of the first n bytes of valid s make whole characters. */
size_t utf8_whole(const char *s, size_t n);

#endif
