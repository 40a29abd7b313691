/*
 * line.h - line protocol, line by line.
 *
 *	lines_open(&s, arena, body);
 *	while (lines_next(&line, &s))
 *		...a line that is one, or line.why says why it is none.
 *
 * What is a line, and which points it has, is decided as by InfluxData's own
 * decoder.  A line that is none costs itself: reading goes on behind its end.
 * One difference, on purpose: a text whose closing quote never comes costs
 * its line, not the rest of the body.
 *
 * Names are slices of the body, or of the arena if they were escaped; they
 * are UTF-8 and, but for values of tags, hold no control character.  A text
 * is UTF-8 and may hold any byte that is.  Tags and fields stand in memory that
 *the next line uses again.  Nothing here knows what a name means.
 */
#ifndef INTAKE_LINE_H
#define INTAKE_LINE_H

#include "base/jscan.h"

enum { LINE_TAGS_MAX = 100, LINE_FIELDS_MAX = 100000 };

struct line_tag {
	struct slice key, value;
};

/* J_REAL, J_INT, J_TRUE, J_FALSE, J_TEXT, or J_BIG: beyond 64 bits with sign.
 */
struct line_field {
	struct slice key;
	struct jvalue value;
};

struct line {
	size_t number;	  /* where it begins, from 1 */
	struct slice raw; /* without what ends it; any bytes */
	struct slice name;
	struct line_tag *tag;
	struct line_field *field;
	size_t n_tags, n_fields;
	int64_t time; /* in the body's ticks */
	bool timed;
	const char *why, *code; /* NULL: it is a line */
};

/* The reader; its members are its own. */
struct lines {
	const unsigned char *at, *end, *begin;
	struct arena *arena;
	const char *why, *code; /* the fault of the line that is read */
	size_t number;
	struct line_tag *tag;
	struct line_field *field;
	size_t tags_room, fields_room;
};

/* The body stays where it is until the last line is done with. */
void lines_open(struct lines *, struct arena *, struct bytes body);

/* The next line; empty ones and comments are none.  False: that was all. */
bool lines_next(struct line *, struct lines *);

/* Go on at p, behind the end of a line that somebody else has read. */
static inline void
lines_passed(struct lines *s, const unsigned char *p)
{
	s->at = p;
	s->number++;
}

#endif
