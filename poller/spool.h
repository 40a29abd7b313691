/*
 * spool.h - what was read and is not yet stored, on disk.
 *
 * Append-only segment files of checksummed records.  A record leaves only by
 * spool_done, after the commit that stored it; a crash sends some again, and
 * the store drops what it has.
 *
 * It is bounded in bytes and in days.  At the bound the oldest backlog is
 * thinned: of each minute the last reading of a sensor stays, so that
 * counters and states stay right.  What cannot be thinned any more is
 * dropped, the oldest segment first.  A full disk is the same as a full
 * spool; a reserve is let go so that what must be noted can be.  Whatever is
 * given up leaves a gap, see gaps.h, which is told like a reading.
 *
 * Damage costs the records it touches and nothing else: those bytes are
 * copied to a .bad file, and the spool opens whatever it finds.
 *
 * Lines append, one sender takes; the spool locks itself.
 */
#ifndef POLLER_SPOOL_H
#define POLLER_SPOOL_H

#include "base/record.h"
#include "intake/gap.h"

struct spool_conf {
	const char *dir;
	int64_t max_bytes;
	size_t segment_bytes;
	int64_t reserve_bytes; /* 0: none */
	int max_days;	       /* 0: any number */
};

enum { SPOOL_SEGMENT = 4 * 1024 * 1024, SPOOL_PAYLOAD_MAX = 256 * 1024 };

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
	size_t readings, bytes;
	bool live; /* the newest there were */
};

/* How much is wanted; the newest only, or in turn the newest and the oldest. */
struct load {
	size_t readings;
	size_t bytes; /* 0: any number */
	bool live_only;
};

/*
 * In turn the newest there are, so that screens are right soon after an
 * outage, and the oldest.  One record at least; false when all is sent, or
 * nothing is new.  What is taken stays until spool_done; one parcel at a
 * time.
 */
bool spool_take(struct parcel *, struct spool *, struct arena *,
    const struct load *);
void spool_done(struct spool *, const struct parcel *);

/* The sink will never take these: keep them aside in DIR/refused. */
void spool_refuse(struct spool *, struct arena *, const struct parcel *);

/* Gaps of one tenant that are not told yet, most of them at most. */
size_t spool_gaps(struct gap **, struct spool *, struct arena *, size_t most);
void spool_told(struct spool *, const struct gap *, size_t n);

/*
 * Wait until there is something to take, or for so long; with `fresh` only
 * what is appended from now on counts.
 */
void spool_wait(struct spool *, int timeout_ms, bool fresh);

/* Make durable what is not yet stored, and the cursor.  Once a second. */
void spool_sync(struct spool *);

/* How full it is: from these percents of its bytes or days on. */
enum spool_state {
	SPOOL_WELL,
	SPOOL_HALF = 50,
	SPOOL_HIGH = 80,
	SPOOL_CRITICAL = 95,
	SPOOL_FULL = 100
};
const char *spool_state_name(enum spool_state);

struct spool_counts {
	uint64_t waiting; /* records not yet stored */
	uint64_t dropped; /* records given up: bound reached, disk refused */
	uint64_t thinned; /* readings */
	uint64_t gaps;	  /* not yet told */
	int64_t bytes, limit;
	enum spool_state state;
};

struct spool_counts spool_counts(struct spool *);

#endif
