/*
 * spool.h - bodies that were taken while the database was away, on disk.
 *
 * A body is durable when spool_put has returned, and only then may its sender
 * be told so.  It leaves by spool_done, after the commit that stored it; a
 * crash in between hands it out again, and its id tells that it was stored.
 *
 *	DIR/T<tenant>/<id>.seg      records, see base/record.h
 *	DIR/T<tenant>/cursor        how far a segment is done
 *	DIR/T<tenant>/<id>.bad      a segment in which damage was found
 *	DIR/T<tenant>/<id>.refused  the record of a body that nothing could
 *store DIR/known                   which keys have passed the gate lately
 *	DIR/state                   what there is of each tenant
 *	DIR/key                     by which we know our own records
 *
 * Many processes put, one takes.  The lock of a tenant is that of its folder,
 * and it is held neither over a sync nor over a transaction.  Records of a
 * tenant come out in the order they went in.
 */
#ifndef INTAKE_SPOOL_H
#define INTAKE_SPOOL_H

#include <stdbool.h>

#include "base/buf.h"
#include "db/db.h"

enum {
	SPOOL_ID = 16,
	SPOOL_SEGMENT = 4 * 1024 * 1024, /* then the next one is begun */
	SPOOL_PLAIN_MAX = 16 * 1024 * 1024,
	SPOOL_TEXT_MAX = 60 * 1024 /* of each text beside the body */
};

struct spool;

/* A body, and all that is to be known of it when it is stored. */
struct spooled {
	int32_t tenant, device;
	int64_t cred, received;
	uint32_t readings;    /* about so many */
	unsigned char format; /* its number; 0: the body tells */
	int64_t tick_ns;
	/* What the sender asked for, and what it was answered; none NULL. */
	const char *batch, *of_device, *reply;
	int status;
	struct bytes body;
	unsigned char id[SPOOL_ID]; /* made by spool_put */
};

/*
 * For all processes of a program before they fork, and for the worker.  The
 * spool lives as long as the arena, of which it takes little.
 */
struct err *spool_open(struct spool **, struct arena *, const char *dir,
    int64_t max_bytes) MUST_CHECK;

/* Give its memory back; what was put is not touched. */
void spool_close(struct spool *);

/* ---- who sends ---- */

/* What a gate said of a key, not more than SPOOL_KNOWN_H hours ago. */
struct spool_known {
	int32_t tenant, device;
	int64_t cred;
	struct limits limits;
	char tenant_name[64]; /* one that is longer is not known */
};

enum { SPOOL_KNOWN_H = 24 };

bool spool_knows(struct spool_known *, struct spool *, struct bytes key);
void spool_meet(struct spool *, struct bytes key, const struct spool_known *);
void spool_part(struct spool *, struct bytes key);

/* ---- putting ---- */

/*
 * Bodies of one tenant; durable when it answers NULL.  ERR_BUSY: there is no
 * room, for this tenant or for all, or the disk does not take it; what may
 * stand on it then of them counts as not acknowledged.
 */
struct err *spool_put(struct spool *, struct arena *, struct spooled *,
    size_t n) MUST_CHECK;

/* Is there something of anybody?  It costs nothing. */
bool spool_any(const struct spool *);

/*
 * Is there something of the tenant, and somebody who drains it?  Then what
 * comes now queues behind.  While the very last is being stored it is waited
 * for, a moment, so that the queue comes to its end.
 */
bool spool_holds(const struct spool *, int32_t tenant);

/* ---- taking: one process ---- */

/* Bodies of one tenant, out of one segment, in their order. */
struct parcel {
	int32_t tenant;
	struct spooled *v;
	size_t n;
	uint64_t segment;
	int64_t end; /* where the next one stands */
};

/* Whoever takes is alive. */
void spool_beat(struct spool *);

/*
 * Whose folders there are, those whose need is newest first; and count anew
 * what is in them.
 */
struct err *spool_tenants(int32_t **, size_t *n, struct spool *,
    struct arena *) MUST_CHECK;

/*
 * The oldest bodies of a tenant: at most so many, and no more once they have
 * so many readings.  False: there is none.
 */
bool spool_take(struct parcel *, struct spool *, struct arena *, int32_t tenant,
    size_t bodies, size_t readings);

/*
 * They are stored; or nothing of the tenant can be, for now.  When a database
 * answered, and will not have them, what comes now queues behind them for its
 * minute and no longer.
 */
void spool_done(struct spool *, struct arena *, const struct parcel *);
void spool_stuck(struct spool *, int32_t tenant, bool answered);

/*
 * Nothing can store this one: keep it for whoever finds out why, in a file
 * that becomes a segment again by its name.
 */
struct err *spool_aside(struct spool *, struct arena *,
    struct spooled *) MUST_CHECK;

struct spool_counts {
	int64_t bytes, max_bytes;
	int64_t tenants; /* of which there is something */
};

struct spool_counts spool_counts(const struct spool *);

#endif
