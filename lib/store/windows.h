/*
 * windows.h - a set of stretches of time.
 *
 * For the reading side of lib/store, and for who asks what rollups lack.
 */
#ifndef STORE_WINDOWS_H
#define STORE_WINDOWS_H

#include "store/walk.h"

/* Once they are tidy, ascending and apart from each other. */
struct windows {
	struct window *v;
	size_t n, room;
};

/* from <= time < to; one that is empty is left out. */
void windows_add(struct windows *, struct arena *, int64_t from, int64_t to);

/* In order, and those that touch are one. */
void windows_tidy(struct windows *);

/* Does any of them, which are tidy, reach into the span? */
bool windows_touch(const struct windows *, int64_t from, int64_t to);

/* The sum of their lengths. */
int64_t windows_length(const struct windows *);

#endif
