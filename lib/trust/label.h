/*
 * label.h - the code on a device's printed label.
 *
 * 128 random bits and their CRC-32, 32 letters and digits without those that
 * are easily taken for others: a mistyped code is told from a wrong one without
 * asking the database, which keeps the SHA-256 of the bits only.
 */
#ifndef TRUST_LABEL_H
#define TRUST_LABEL_H

#include <stdbool.h>

#include "base/buf.h"

enum { LABEL_BYTES = 16 };

void label_new(unsigned char code[LABEL_BYTES]);

/* "7D2K..." as in an address, and in groups of four for people's eyes. */
const char *label_text(struct arena *, const unsigned char code[LABEL_BYTES]);
const char *label_groups(struct arena *, const char *text);

/*
 * Either of them again, in small or capital letters, O for 0, I and L for 1;
 * false: this is no code, or one of its letters is wrong.
 */
bool label_read(unsigned char code[LABEL_BYTES], const char *text);

#endif
