/*
 * spool_state.h - what the files of the spool share, and nobody else sees:
 * spool.c appends, spool_take.c takes, spool_bound.c keeps it small,
 * spool_open.c finds what was left.
 */
#ifndef POLLER_SPOOL_STATE_H
#define POLLER_SPOOL_STATE_H

#include <pthread.h>

#include "gaps.h"
#include "segment.h"
#include "spool.h"
#include "waiting.h"

enum {
	LIVE = 1024,	     /* of the newest records we know the place */
	WINDOW = 512 * 1024, /* read at once; holds any record whole */
	PARCEL_MAX = 1024    /* records in a parcel */
};

/* Where a record stands. */
struct place {
	uint64_t seq;
	int32_t tenant;
	uint32_t readings;
	uint64_t segment;
	int64_t offset;
	size_t size;
};

struct spool {
	struct spool_conf conf;
	pthread_mutex_t lock;
	pthread_cond_t filled;

	struct segment *segments; /* oldest first */
	size_t n, cap;
	int64_t bytes;
	int fd; /* of the last segment; -1: a new one comes next */
	bool dirty;

	/* What is left to the next sync, so that nobody who appends waits. */
	int full;   /* a segment that takes nothing more; -1: none */
	bool named; /* there is a new segment */

	struct waiting waiting;
	uint64_t dropped, thinned; /* records; readings */
	uint64_t saved;		   /* the cursor on disk */
	struct gaps gaps;

	int64_t limit; /* bytes: max_bytes, or what the disk has */
	bool has_reserve;
	int64_t reserve_due;
	int64_t gave_up;	/* when something was; of env_mono */
	enum spool_state state; /* as the log has it */

	struct place live[LIVE];
	uint64_t lived;	       /* places ever put into live */
	uint64_t head_segment; /* the backlog is read from here */
	int64_t head_offset;
	bool oldest_next; /* whose turn it is */
	int64_t complained;

	uint64_t flight[PARCEL_MAX]; /* taken, and not yet done */
	size_t flying;
};

/* Give up what still waits in a segment; how many records that was. */
uint64_t spool_give_up(struct spool *, const struct segment *);

/* Forget the segment, and its file. */
void spool_remove(struct spool *, size_t i);

/* The open segment takes nothing more. */
void spool_close_segment(struct spool *);

/* ---- the bound ---- */

/* Make room for so many bytes more, by thinning and dropping. */
void spool_bound(struct spool *, size_t more);

/* What is older than the days it may be. */
void spool_expire(struct spool *);

/*
 * The disk is full: let the reserve go, and be smaller.  False: there is
 * nothing that could be given up.
 */
bool spool_disk_full(struct spool *);

/* How far the disk lets it grow; the reserve is made again when it can be. */
void spool_look(struct spool *);

/* What a record that is not kept would have been. */
void spool_lose(struct spool *, const struct record *, enum gap_reason,
    int64_t from, int64_t to);

/* Write what was given up, if that has changed. */
void spool_save_gaps(struct spool *);

#endif
