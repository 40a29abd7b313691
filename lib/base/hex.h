/*
 * hex.h - bytes as hexadecimal digits, in lower case, and back.
 */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* 2 n digits and a NUL. */
void hex_write(char *to, const unsigned char *p, size_t n);
void hex_put(struct buf *, struct bytes);
const char *hex_text(struct arena *, struct bytes);

/* What one digit is worth; -1: it is none, or a capital. */
int hex_digit(char);
/* False when a text is not so written. */
bool hex_read(struct bytes *, struct arena *, const char *text, size_t n);

#endif
