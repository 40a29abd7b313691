/*
 * column.h - up to 4,096 readings as four columns: a stripe.
 *
 * Internal to lib/store.  A run is stripes, one behind the other, and so is a
 * block whose columns go across its sensors.  Whoever decodes needs no more
 * memory than one stripe's, however long the run is.
 */
#ifndef STORE_COLUMN_H
#define STORE_COLUMN_H

#include "base/buf.h"
#include "store/reading.h"
#include "store/values.h"

enum {
	STRIPE = INTS_MAX,    /* readings */
	STRIPE_BYTES_MIN = 6, /* no stripe takes fewer */
	STRIPE_BYTES_MAX = 3 * INTS_BYTES_MAX + VALUES_BYTES_MAX
};

/* Where the columns of the next readings go to, or came to. */
struct columns {
	int64_t *time;
	double *value;
	uint8_t *quality;
	uint16_t *rev;
};

/* Scratch for one stripe. */
struct stripe {
	int64_t time[STRIPE];
	double value[STRIPE];
	uint8_t quality[STRIPE];
	uint16_t rev[STRIPE];
};

struct columns stripe_columns(struct stripe *);

/* n readings, in as many stripes as they need. */
void stripes_put(struct buf *, const struct reading *, size_t n);

/* One column of n integers; v(i) gives them. */
typedef int64_t column_of(const void *from, size_t i);
void column_put(struct buf *, const void *from, size_t n, column_of *);

/* The next stripe: n readings, as many as STRIPE at most. */
void stripe_get(const struct columns *, size_t n, struct cursor *);

/* Whether so many readings can be in what the cursor has left. */
bool stripes_fit(const struct cursor *, uint64_t n);

#endif
