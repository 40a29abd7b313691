/*
 * line_value.h - the values of line protocol: 1.5, 12i, 12u, t, "text".
 */
#ifndef INTAKE_LINE_VALUE_H
#define INTAKE_LINE_VALUE_H

#include "base/jscan.h"

static inline bool
line_is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
line_is_blank(unsigned char c)
{
	return c == ' ' || c == '\r' || c == '\n';
}

bool line_is_utf8(const unsigned char *, size_t n);

/*
 * The value that begins at *at and ends before end or before a comma, blank or
 * end of line; *at is moved behind it.  A text that is escaped goes into the
 * arena.  NULL, or why it is none.
 */
const char *line_value(struct jvalue *, const unsigned char **at,
    const unsigned char *end, struct arena *);

/* An integer with or without a sign, as it stands before its letter. */
const char *line_int(struct jvalue *, struct slice, bool sign);

#endif
