/*
 * intake.h - a body of whatever shape, as a list of items.
 *
 * A decoder turns a body into items; what is wrong with an item is noted on
 * it, and the others are not touched by it.  Items point into the parsed body
 * and live as long as the request's arena.
 */
#ifndef INGEST_INTAKE_H
#define INGEST_INTAKE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "store/reading.h"

enum { ITEMS_MAX = 100000 };

struct item {
	const char *place;  /* readings[7] */
	const char *joint;  /* ".values." before the member; NULL: none */
	const char *member; /* flow_rate */
	const char *device; /* its key; NULL: the sensor says it all */
	const char *sensor; /* its key, or its code when device is NULL */
	const char *unit;   /* as sent; NULL: not said */
	const json_t *raw;  /* for the dead letter */
	json_t *value;
	struct reading r;
	const char *code; /* why it is refused; NULL: it is not */
	const char *detail;
};

struct intake {
	struct arena *arena;
	int64_t now;
	const char *batch; /* the sender's own number; NULL: none */
	const char *again; /* it and the body's hash: what is replayed */
	int32_t tenant;	   /* the credential's */
	const char *tenant_name;
	struct item *v;
	size_t n, room;
};

/* What the items of one instant have in common. */
struct common {
	const char *device;
	int64_t time;
	uint8_t quality;
	uint16_t rev;
	const json_t *raw;
	const char *code, *detail; /* refused as a whole */
};

/* One more item; ERR_TOO_BIG above ITEMS_MAX. */
struct err *intake_add(struct item **, struct intake *, const char *place,
    const struct common *) MUST_CHECK;

/* Where it stood, "readings[7].values.flow_rate"; made when it is asked for. */
const char *item_place(struct arena *, const struct item *);

void item_refuse(struct item *, struct arena *, const char *code,
    const char *fmt, ...) PRINTF_LIKE(4, 5);

/* At most n bytes of a sender's text, and no character cut in two. */
const char *text_clip(struct arena *, const char *, size_t n);

/* The first of these members that is there, and not null; NULL: none. */
json_t *member_of(const json_t *object, const char *const *names);

/*
 * Does the object name no tenant, or the credential's own?  What it names is
 * never used for anything else.
 */
bool tenant_fits(const struct intake *, const json_t *object);

/* device, time, quality and revision of an object, under any known name. */
void common_read(struct common *, const struct intake *, const json_t *object);

/*
 * The shapes, each in its file.  A decoder answers false in *mine when the
 * body is not of its shape.
 */
typedef struct err *decoder(bool *mine, struct intake *, json_t *body);

decoder decode_native; /* {"readings": [...]}, and the FleetOps reading */
decoder decode_flat;   /* {"device_id": ..., "flow_rate": ...}, or an array */
decoder decode_rutos;  /* Teltonika RutOS 7, data to server, format json */

#endif
