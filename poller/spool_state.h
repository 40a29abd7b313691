/*
 * spool_state.h - what the files of the spool share, and nobody else sees:
 * spool.c appends, spool_take.c takes, spool_open.c finds what was left.
 */
#ifndef POLLER_SPOOL_STATE_H
#define POLLER_SPOOL_STATE_H

#include <pthread.h>

#include "segment.h"
#include "spool.h"
#include "waiting.h"

enum {
	LIVE = 1024,	    /* of the newest records we know the place */
	WINDOW = 512 * 1024 /* read at once; holds any record whole */
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

	struct waiting waiting;
	uint64_t dropped;
	uint64_t saved; /* the cursor on disk */

	struct place live[LIVE];
	uint64_t lived;	       /* places ever put into live */
	uint64_t head_segment; /* the backlog is read from here */
	int64_t head_offset;
	bool oldest_next; /* whose turn it is */
	int64_t complained;
};

/* Give up what still waits in a segment; how many records that was. */
uint64_t spool_give_up(struct spool *, const struct segment *);

#endif
