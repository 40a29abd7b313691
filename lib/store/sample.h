/*
 * sample.h - a reading, and what is known of the window that it stands for.
 *
 * A window that was aggregated before it came is kept as readings of one
 * instant: its average is the sensor's own reading; the lowest, the highest,
 * the count and the spread are readings of the sensor's facets (flux.facet).
 * A plain reading is a sample without facets.  What is rounded before it comes
 * says to how many decimals, with the first reading from which on it is so.
 * Nothing here knows a database.
 */
#ifndef STORE_SAMPLE_H
#define STORE_SAMPLE_H

#include "store/bucket.h"

/* The facet of that name in flux.facet; FACETS: there is none. */
enum facet facet_named(const char *);

struct sample {
	struct reading r;
	double facet[FACETS];
	unsigned has; /* a bit for each facet that is there */
};

bool sample_has(const struct sample *, enum facet);

/* The bucket that a sample is by itself; of a plain reading it is one. */
struct bucket sample_bucket(const struct sample *);

/* A sensor's readings and those of its facets, each by time. */
struct sampler {
	struct readings own, of[FACETS];
	size_t at, of_at[FACETS]; /* how far sample_next has come; 0 at first */
};

/* The next reading with what its facets say of its instant; false: none. */
bool sample_next(struct sample *, struct sampler *);

#endif
