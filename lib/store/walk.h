/*
 * walk.h - a long span in windows that hold about as much as is wanted.
 *
 * Internal to the reading side of lib/store.  Each window is one statement,
 * so memory is that of a window, whatever the span.  A window that was full
 * or nearly empty makes the next one shorter or longer; from an empty one the
 * way goes straight to where something is.  What is not packed yet may be
 * anywhere between the first and the last of many sensors, years apart, and
 * is never much: a window reaches over it to the next chunk.
 */
#ifndef STORE_WALK_H
#define STORE_WALK_H

#include "store/store.h"

struct walk {
	struct tx *tx;
	const int32_t *sensor;
	size_t n;
	int64_t from, to; /* what is left: from <= time < to */
	int64_t step;
	int64_t far;  /* how long no chunk is on the way; 0: not known */
	size_t want;  /* readings a window */
	bool is_down; /* the newest first */
};

struct window {
	int64_t from, to;
};

/* The next window; false when nothing is left. */
bool walk_window(struct window *, const struct walk *);

/* The window had so many readings; go on behind it. */
struct err *walk_on(struct walk *, struct window, size_t got) MUST_CHECK;

/* The window had too many: a shorter one; false when that cannot help. */
bool walk_shorter(struct walk *, struct window);

#endif
