/*
 * facet.h - a window that was aggregated before it came, as one sample.
 *
 * The window's average is the sensor's own reading; the lowest, the highest,
 * the count and the spread are readings of the sensor's facets at the same
 * instant (flux.facet).  A plain reading is a sample without facets.
 */
#ifndef STORE_FACET_H
#define STORE_FACET_H

#include "store/store.h"

enum facet { FACET_COUNT, FACET_MAX, FACET_MIN, FACET_STDDEV, FACETS };

/* The series in which a sensor's facets are kept; 0: there is none. */
struct faceted {
	int32_t sensor;
	int32_t id[FACETS];
};

/* Of several sensors; those without facets are not in it. */
struct facets {
	struct faceted *v; /* by sensor, ascending */
	size_t n;
};

struct sample {
	struct reading r;
	double facet[FACETS];
	unsigned has; /* a bit for each facet that is there */
};

struct samples {
	struct sample *v;
	size_t n, room;
};

struct err *facets_load(struct facets *, struct tx *, const int32_t *sensor,
    size_t n) MUST_CHECK;

/* The facets of a sensor, or NULL. */
const struct faceted *facets_of(const struct facets *, int32_t sensor);

/* The sensors and all their facets; returns how many. */
size_t facets_series(int32_t **out, struct arena *, const struct facets *,
    const int32_t *sensor, size_t n);

/* Add a sensor's readings, each with what its facets say of its instant. */
void samples_join(struct samples *, struct arena *, const struct readings *own,
    const struct readings of[FACETS]);

/* The bucket that a sample is by itself; of a plain reading it is one. */
struct bucket sample_bucket(const struct sample *);

bool sample_has(const struct sample *, enum facet);

#endif
