/*
 * spool.h - what was read and is not yet stored, on disk.
 *
 * Append-only segment files of checksummed records.  A record leaves only by
 * spool_done, after the commit that stored it; a crash sends some again, and
 * the store drops what it has.  When the bound is reached the oldest segment
 * goes, and the log says how many records that was.
 *
 * Damage costs the records it touches and nothing else: those bytes are
 * copied to a .bad file, and the spool opens whatever it finds.
 *
 * Lines append, one sender takes; the spool locks itself.
 */
#ifndef POLLER_SPOOL_H
#define POLLER_SPOOL_H

#include "record.h"

struct spool_conf {
	const char *dir;
	int64_t max_bytes;
	size_t segment_bytes;
};

enum { SPOOL_SEGMENT = 4 * 1024 * 1024 };

struct spool;

/* The spool lives as long as the arena. */
struct err *spool_open(struct spool **, struct arena *,
    const struct spool_conf *) MUST_CHECK;

/* Put one record in; a disk that takes nothing costs the record, counted. */
void spool_append(struct spool *, struct arena *, int32_t tenant,
    uint32_t readings, struct bytes payload);

/* Records of one tenant, to be stored together. */
struct parcel {
	int32_t tenant;
	struct record *v;
	size_t n;
	size_t readings;
};

/*
 * Take up to so many readings: in turn the newest there are, so that screens
 * are right soon after an outage, and the oldest.  One record at least;
 * false when all is sent.  What is taken stays until spool_done.
 */
bool spool_take(struct parcel *, struct spool *, struct arena *,
    size_t readings);
void spool_done(struct spool *, const struct parcel *);

/* The sink will never take these: keep them aside in DIR/refused. */
void spool_refuse(struct spool *, struct arena *, const struct parcel *);

/* Wait until there is something to take, or for so long. */
void spool_wait(struct spool *, int timeout_ms);

/* Make durable what is not yet stored, and the cursor.  Once a second. */
void spool_sync(struct spool *);

struct spool_counts {
	uint64_t waiting; /* records not yet stored */
	uint64_t dropped; /* records given up: bound reached, disk refused */
	int64_t bytes;
};

struct spool_counts spool_counts(struct spool *);

#endif
