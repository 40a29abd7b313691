/*
 * page.h - the latest readings of a device, packed into one row.
 *
 * Internal to lib/store.  One row a device costs a tenth of the write-ahead
 * log of one row a sensor; only derive writes it, and it owns the tenant's
 * cycle while it does.
 */
#ifndef STORE_PAGE_H
#define STORE_PAGE_H

#include "store/late.h"

struct page {
	int32_t device;
	bool is_other; /* its sensors are not those of the row */
	size_t n;
	int32_t *sensor; /* ascending; the other columns run in parallel */
	int64_t *time;	 /* INT64_MIN: none yet */
	double *value;
	int16_t *quality;
	int32_t *rev;
};

/* Where the latest of a sensor is. */
struct owner {
	int32_t sensor;
	int32_t page; /* its place among the pages ... */
	size_t at;    /* ... and its own on that page */
};

struct pages {
	struct page **v; /* by device, ascending */
	size_t n;
	struct owner *owner; /* by sensor, ascending */
	size_t owners;
};

/*
 * The pages of every device that the settled readings touch, and of those.
 * version: of the tenant, before this cycle.
 */
struct err *pages_load(struct pages *, struct tx *, int64_t version,
    const struct readings *, const int32_t *devices, size_t n) MUST_CHECK;

/*
 * Put the newest of each sensor in; tell which readings are late.  Those of a
 * sensor that nobody knows are: who can say what is stored of it.
 */
void pages_update(struct late *, struct pages *, struct arena *,
    const struct readings *);

struct err *pages_save(const struct pages *, struct tx *, int64_t version,
    int64_t seen) MUST_CHECK;

#endif
