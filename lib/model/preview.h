/*
 * preview.h - what a profile reads of a device just now, before it is kept or
 * given to it.
 *
 * The points are read in the blocks that the poller would ask for, as far as a
 * probe is long enough; each block is a probe, and all of them are sent in one
 * go.  A block of several points that the device refuses is asked for in halves
 * the next time, so that the point which is not there is found.  Nothing is
 * ever written.  It is known for an hour.
 */
#ifndef MODEL_PREVIEW_H
#define MODEL_PREVIEW_H

#include "model/plan.h"
#include "model/probe.h"

/* What was asked for, and came back; probes, the oldest first. */
struct preview_read {
	enum point_function function;
	int address, quantity;
	bool is_open;
	const uint16_t *words; /* NULL: not answered */
	const char *why;       /* it failed or expired; else "" */
};

struct preview {
	const char *device, *device_name;
	const char *zone;  /* of the device's site */
	const char *body;  /* of the profile */
	const char *notes; /* what was not taken over, a line each */
	bool simulated;
	int64_t asked_at;
	struct preview_read *reads;
	size_t n;
};

/* How a point's registers came: they did not, wait, are refused, or are here */
enum block_state { BLOCK_WANTED, BLOCK_OPEN, BLOCK_REFUSED, BLOCK_READ };

/* Points that stand together, and the latest word of them. */
struct block {
	enum point_function function;
	int address, quantity;
	size_t first, n; /* points, in the order of the blocks */
	enum block_state state;
	/* Of a part that is still wanted, that of the whole; NULL: none yet. */
	const struct preview_read *read;
};

struct blocks {
	struct block *v;
	size_t n;
	const uint16_t *order; /* points by their place */
	size_t wanted, open;   /* so many of them */
};

/* The blocks of the profile as they are after those reads; the arena's. */
void preview_blocks(struct blocks *, struct arena *, const struct profile *,
    const struct preview_read *, size_t n);

/* words[i] are point i's registers, NULL when they are not here. */
const uint16_t **preview_words(struct arena *, const struct profile *,
    const struct blocks *);

/*
 * Ask for the wanted ones, as many as may be asked for now; for the id 0 those
 * of a new one, with its device, body and notes.  Errors as of probe_ask.
 */
struct err *preview_ask(struct probe_asked *, struct tx *,
    const struct preview *, const struct blocks *) MUST_CHECK;

/* ERR_MISSING: there is none, or not any more. */
struct err *preview_load(struct preview *, struct tx *, int64_t id) MUST_CHECK;

#endif
