/*
 * member.h - writing JSON, member by member, at the end of a buf.
 *
 * Brackets are the caller's; a comma comes by itself where one is due, after
 * anything but an opening bracket.
 */
#ifndef BASE_MEMBER_H
#define BASE_MEMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* A string with its quotes; invalid UTF-8 does not get in, so none gets out. */
void member_put_text(struct buf *, const char *);

/* n with a point before its last places (at most 19); those may be 0. */
void member_put_decimal(struct buf *, bool minus, uint64_t n, int places);

void member_put_int(struct buf *, int64_t);

/* The shortest number that reads back as the same double; NaN is null. */
void member_put_real(struct buf *, double);

/* The comma that is due, and "name": with it. */
void member_comma(struct buf *);
void member_name(struct buf *, const char *name);

/* Name and value in one go; a NULL text is null. */
void member_text(struct buf *, const char *name, const char *value);
void member_int(struct buf *, const char *name, int64_t);
void member_real(struct buf *, const char *name, double);
void member_bool(struct buf *, const char *name, bool);

#endif
