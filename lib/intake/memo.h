/*
 * memo.h - what the texts of series led to, from body to body.
 *
 * A sender of line protocol writes the same measurement, tags and fields again
 * and again, mostly in the same order.  A step is such a text, byte by byte up
 * to the value, and the sensor that it led to; beside it stands the step that
 * came behind it the last time, which is nearly always the next one.  Of JSON
 * it is a whole object but for what changes, see lean_object.h.
 *
 * It belongs to a roster and is forgotten with it.  Only what led to a sensor
 * is remembered, and not more than twice what the roster has, so that nobody
 * can fill memory with names.
 */
#ifndef INTAKE_MEMO_H
#define INTAKE_MEMO_H

#include "base/jscan.h"

enum { MEMO_MAX = 65536, MEMO_TEXT_MAX = 512 };

/* Of a step that is an object: no line's step has this number. */
#define MEMO_OBJECT UINT32_MAX

/* The sensor of a step, and what a value of it must keep to. */
struct memo_sensor {
	double low, high; /* NaN: no bound */
	int32_t id;
};

struct memo_step {
	const char *text; /* "series field="; of a later field "field=" */
	uint32_t n;
	/* The step that begins the line; 0: this one does; MEMO_OBJECT. */
	uint32_t first;
	uint32_t next; /* 0: not known */
	struct memo_sensor sensor;
};

struct memo {
	struct arena *arena;
	struct memo_step *v; /* from 1 */
	size_t n, most;
	uint32_t last; /* the step of the reading before; 0: none */
	uint64_t seed;
	struct hashed steps;
};

/* Beside a roster of so many sensors, in its arena. */
struct memo *memo_make(struct arena *, size_t sensors);

/* The step of that text behind the first one of its line; 0: there is none. */
uint32_t memo_find(const struct memo *, uint32_t first, struct slice text);

/* Remember it; 0: there is no room, or the text is too long. */
uint32_t memo_add(struct memo *, uint32_t first, struct slice text,
    const struct memo_sensor *);

/* This step came behind the last one. */
static inline void
memo_follow(struct memo *m, uint32_t step)
{
	if (m->v[m->last].next != step)
		m->v[m->last].next = step;
	m->last = step;
}

#endif
