/*
 * joined.h - a body of several objects, one behind the other, see sequence.h.
 *
 * Each is read as a body of its own, all in one format; what is wrong with one
 * of them is not the others' fault.
 */
#ifndef INTAKE_JOINED_H
#define INTAKE_JOINED_H

#include "intake/intake.h"

/*
 * The objects that the body is joined of; 0: it is none, or one, or something
 * in it is no JSON.
 */
size_t joined_split(struct bytes **, struct arena *, struct bytes body);

/*
 * Read them by in->format, or what the first one tells.  ERR_FORBIDDEN as a
 * body has it; what else is wrong with one is noted on its items.
 */
struct err *joined_read(struct intake *, const struct bytes *,
    size_t n) MUST_CHECK;

#endif
