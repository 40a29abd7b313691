/*
 * intake.h - a body of whatever shape, as a list of items.
 *
 * A decoder turns a body into items; what is wrong with an item is noted on
 * it, and the others are not touched by it.  Items point into the body and
 * live as long as it and the arena.  No database is asked for any of this.
 */
#ifndef INGEST_INTAKE_H
#define INGEST_INTAKE_H

#include <stdbool.h>

#include "cgi-bin/ingest/names.h"
#include "store/readings.h"

enum { ITEMS_MAX = 100000 };

struct window;

struct item {
	const char *list; /* "readings", whose index-th it was; NULL: none */
	size_t index;
	const char *joint;   /* ".values." before the sensor; NULL: no sensor */
	const char *place;   /* or where it stood, as a text */
	struct slice device; /* its key; p NULL: the sensor says it all */
	struct slice sensor; /* its key, or its code when there is no device */
	struct slice unit;   /* as sent; p NULL: not said */
	struct slice raw;    /* for the dead letter */
	struct jvalue value;
	struct window
	    *window; /* what else an aggregate has; NULL: it is none */
	struct reading r;
	const char *code; /* why it is refused; NULL: it is not */
	const char *detail;
};

struct intake {
	struct arena *arena;
	int64_t now;
	int32_t tenant; /* the credential's */
	const char *tenant_name;
	const char *batch; /* the sender's own number; NULL: none */
	const char *again; /* it and the body's hash: what is replayed */
	struct item *v;
	size_t n, room;
	struct item spare; /* takes what is above ITEMS_MAX */
	bool full;
	size_t bare;		/* aggregates whose sensor has no facets yet */
	struct members members; /* of the object that is being read */
};

/* What the items of one instant have in common. */
struct common {
	struct slice device;
	int64_t time;
	uint8_t quality;
	uint16_t rev;
	struct slice raw;
	const char *code, *detail; /* refused as a whole */
};

/* One more item, all of it zero. */
struct item *intake_add(struct intake *);

/* Give it what its object says; it is refused if that is. */
void item_common(struct item *, const struct common *);

/* Where it stood, "readings[7].values.flow_rate"; made when it is asked for. */
const char *item_place(struct arena *, const struct item *);

/* The first refusal of an item stays. */
void item_refuse(struct item *, struct arena *, const char *code,
    const char *fmt, ...) PRINTF_LIKE(4, 5);

/* At most n bytes of a sender's text, and no character cut in two. */
const char *text_clip(struct arena *, struct slice, size_t n);

/*
 * Does the object name no tenant, or the credential's own?  What it names is
 * never used for anything else.
 */
bool tenant_fits(const struct intake *, const struct members *);

/*
 * Device, time, quality and revision of the object whose members were read,
 * under any known name.
 */
void common_read(struct common *, const struct intake *, struct slice raw);

/*
 * The shapes, each in its file.  A decoder answers false in *mine when the
 * body is not of its shape.  ERR_INPUT when it is no JSON, or of its shape and
 * yet nothing.
 */
typedef struct err *decoder(bool *mine, struct intake *, struct bytes body);

decoder decode_native; /* {"readings": [...]}, and the FleetOps reading */
decoder decode_flat;   /* {"device_id": ..., "flow_rate": ...}, or an array */
decoder decode_rutos;  /* Teltonika RutOS 7, data to server, format json */

/*
 * Body to items, by the first decoder that knows the shape; `key` is the
 * batch's number outside of the body, or "".  ERR_INPUT, ERR_TOO_BIG above
 * ITEMS_MAX, and ERR_FORBIDDEN when the body names another tenant.
 */
struct err *intake_read(struct intake *, struct bytes body,
    const char *key) MUST_CHECK;

/* The batch's number and the tenant, from the members of the body itself. */
struct err *intake_envelope(struct intake *, struct bytes body,
    const struct members *) MUST_CHECK;

#endif
