/*
 * source.h - what is stored of some sensors in a window, piece by piece.
 *
 * Internal to the reading side of lib/store.  One statement fetches all of
 * it.  Chunks stay coded until their turn comes; what landing and fresh hold
 * is decoded at once, because only then it is known where it lies in time.
 * Damaged pieces are logged and named, and the rest goes on.
 */
#ifndef STORE_SOURCE_H
#define STORE_SOURCE_H

#include "store/store.h"

struct chunk {
	int64_t from, to; /* both inclusive */
	struct bytes run;
};

/* One sensor's: chunks by time, and what lies beside, among or over them. */
struct source {
	int32_t sensor;
	struct chunk *chunk; /* they do not overlap */
	size_t n, room;
	struct readings more; /* settled */
	size_t at, more_at;   /* how far source_next has come */
};

struct sources {
	struct tx *tx;
	struct arena *scratch; /* of one piece at a time, while loading */
	struct source *v;      /* by sensor, ascending */
	size_t n;
	int64_t from, to;
	size_t size; /* readings of them all, as far as it is known */
	struct losses lost;
};

/* A piece in time order: columns (run not NULL), or readings. */
struct part {
	const struct run *run;
	const struct reading *v;
	size_t n;
};

/* Everything of these sensors with from <= time < to; landing if asked for. */
struct err *sources_load(struct sources *, struct tx *, const int32_t *sensor,
    size_t n, int64_t from, int64_t to, bool landing) MUST_CHECK;

/* The source of a sensor that was asked for. */
struct source *source_of(const struct sources *, int32_t sensor);

/*
 * The next piece, decoded into scratch memory that is reset here; false when
 * there is none left.
 */
bool source_next(struct part *, struct sources *, struct source *,
    struct arena *scratch);

/* All that is left of it, in the arena; ERR_TOO_BIG above STORE_READ_MAX. */
struct err *source_rest(struct readings *, struct arena *, struct sources *,
    struct source *) MUST_CHECK;

#endif
