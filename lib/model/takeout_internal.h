/* takeout_internal.h - what is shared by the parts of a takeout. */
#ifndef MODEL_TAKEOUT_INTERNAL_H
#define MODEL_TAKEOUT_INTERNAL_H

#include "model/takeout.h"
#include "trust/tar.h"

struct take {
	struct takeout *of;
	struct arena *own;     /* as long as all of it */
	struct arena *scratch; /* of a page or a window */
	struct tar *tar;
	struct buf manifest;
	int64_t told;
};

/* A transaction of the tenant's. */
struct err *takeout_begin(struct tx **, struct take *, struct arena *,
    enum tx_mode) MUST_CHECK;

/* The file in hand is whole: its line in the manifest; lines < 0: it has none.
 */
struct err *takeout_end(struct take *, const char *name,
    int64_t lines) MUST_CHECK;

/* The addresses of its people, opened. */
struct err *takeout_people(struct take *) MUST_CHECK;

/* A file a device. */
struct err *takeout_readings(struct take *) MUST_CHECK;

#endif
