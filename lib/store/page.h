/*
 * page.h - the latest readings of a device, packed into one row.
 *
 * Internal to lib/store.  One row a device costs a tenth of the write-ahead
 * log of one row a sensor; only derive writes it, and it owns the tenant's
 * cycle while it does.
 */
#ifndef STORE_PAGE_H
#define STORE_PAGE_H

#include "store/store.h"

struct page {
	int32_t device;
	size_t n, room;
	int32_t *sensor;
	int64_t *time;
	double *value;
	int16_t *quality;
	int32_t *rev;
};

struct pages {
	struct arena *arena;
	struct page *v; /* by device, ascending */
	size_t n;
	int32_t *sensor, *device; /* who belongs to whom, sensors ascending */
	size_t sensors;
};

/* Sensors that brought readings not newer than their latest, and their span. */
struct late {
	int32_t *sensor;
	size_t n;
	int64_t t_min, t_max;
};

/* The pages of every device that the settled readings touch, and of those. */
struct err *pages_load(struct pages *, struct tx *, const struct readings *,
    const int32_t *devices, size_t n) MUST_CHECK;

/* Put the newest of each sensor in; tell which sensors need a look back. */
struct err *pages_update(struct late *, struct pages *,
    const struct readings *) MUST_CHECK;

struct err *pages_save(struct pages *, struct tx *, int64_t version,
    int64_t seen) MUST_CHECK;

/* Shared by derive and tier. */
/* store_read without landing: what derive has stored. */
struct err *store_derived(struct answer *, struct tx *, const int32_t *sensor,
    size_t n, int64_t from, int64_t to) MUST_CHECK;
struct err *store_fresh(struct tx *, int tier,
    const struct readings *) MUST_CHECK;

#endif
