/*
 * facet.h - which series are a sensor's facets, and its readings with them.
 */
#ifndef STORE_FACET_H
#define STORE_FACET_H

#include "store/sample.h"
#include "store/store.h"

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

struct samples {
	struct sample *v;
	size_t n, room;
};

struct err *facets_load(struct facets *, struct tx *, const int32_t *sensor,
    size_t n) MUST_CHECK;

/*
 * The same for who reads: what an earlier transaction has seen is not asked
 * for again as long as it holds (see registry in db/db.h).  Not for who makes
 * facets in this transaction.
 */
struct err *facets_known(struct facets *, struct tx *, const int32_t *sensor,
    size_t n) MUST_CHECK;

/* The facets of a sensor, or NULL. */
const struct faceted *facets_of(const struct facets *, int32_t sensor);

/* The sensors and all their facets; returns how many. */
size_t facets_series(int32_t **out, struct arena *, const struct facets *,
    const int32_t *sensor, size_t n);

/* Add a sensor's readings, each with what its facets say of its instant. */
void samples_join(struct samples *, struct arena *, const struct readings *own,
    const struct readings of[FACETS]);

#endif
