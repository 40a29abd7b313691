/*
 * stat.h - counters of all programs, in a file that they share as memory.
 *
 * Counting is one atomic addition and cannot fail; a program without the file
 * counts nowhere.  They only grow, over restarts too, until the file is taken
 * away; whoever reads them takes differences.
 */
#ifndef BASE_STAT_H
#define BASE_STAT_H

#include <stdint.h>

/* What is counted once, for all. */
enum stat_what {
	STAT_DRAINED,	  /* bodies of the spool */
	STAT_PUT_ASIDE,	  /* bodies that nothing could store */
	STAT_DERIVED,	  /* batches that became readable */
	STAT_LAG_US,	  /* how long they had waited for it, together */
	STAT_DERIVE_FAIL, /* cycles that failed */
	STATS
};

/* What became of a reading that was posted, by its format. */
enum stat_reading {
	STAT_STORED,
	STAT_DUPLICATE,
	STAT_REJECTED,
	STAT_SPOOLED,
	STAT_READINGS
};

/* What became of a request of the poller's. */
enum stat_poll {
	STAT_POLL_ANSWER,
	STAT_POLL_ILLEGAL,   /* an address that the device does not have */
	STAT_POLL_EXCEPTION, /* another one */
	STAT_POLL_CORRUPT,   /* a wrong checksum */
	STAT_POLL_GARBAGE,   /* no answer otherwise */
	STAT_POLL_SILENT,
	STAT_POLL_DOWN,
	STAT_POLL_BUSY_US, /* how long the lines were taken, together */
	STAT_POLLS
};

enum { STAT_FORMATS = 32, STAT_PROGRAMS = 5, STAT_CLASSES = 6, STAT_STEPS = 9 };

extern const char *const stat_programs[STAT_PROGRAMS];
extern const int64_t stat_steps_us[STAT_STEPS]; /* upper bounds */

/* Requests of a program: by class of status, and by how long they took. */
struct stat_requests {
	uint64_t class[STAT_CLASSES]; /* 2: 2xx */
	uint64_t step[STAT_STEPS + 1];
	uint64_t us;
};

struct stats;

/* NULL: path is "" or cannot be had, and nothing is counted. */
struct stats *stat_open(const char *path);

void stat_add(struct stats *, enum stat_what, uint64_t);
void stat_reading(struct stats *, int format, enum stat_reading, uint64_t);
void stat_poll(struct stats *, enum stat_poll, uint64_t);
void stat_request(struct stats *, const char *program, int status, int64_t us);

uint64_t stat_get(const struct stats *, enum stat_what);
uint64_t stat_readings(const struct stats *, int format, enum stat_reading);
uint64_t stat_polls(const struct stats *, enum stat_poll);
struct stat_requests stat_requests(const struct stats *, int program);

#endif
