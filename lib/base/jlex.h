/*
 * jlex.h - the texts and numbers of JSON; for jscan.c alone.
 *
 * Each begins at s->at, where its first byte stands, and leaves s->at behind
 * its last one, or keeps a fault.
 */
#ifndef BASE_JLEX_H
#define BASE_JLEX_H

#include "base/jscan.h"

/* Keep the first fault; nothing is left to read then. */
void jlex_fault(struct jscan *, const unsigned char *where, const char *why);

/* Eight bytes as a number whose lowest byte is the first. */
uint64_t jlex_load(const unsigned char *);

/*
 * A text; *raw is what stands between its quotes, *escapes whether a backslash
 * is among it.  False: there was a fault.
 */
bool jlex_text(struct jscan *, struct slice *raw, bool *escapes);

/* A text that jlex_text took, without its escapes. */
struct slice jlex_unescaped(struct arena *, struct slice raw);

/* A number, into v, whose raw.p is where it begins. */
void jlex_number(struct jscan *, struct jvalue *);

#endif
