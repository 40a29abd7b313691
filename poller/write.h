/*
 * write.h - a command being carried out: checked once more against the
 * profile, the interlock looked at, written, and read back.
 *
 * Nothing here waits or touches the line: write_begin, then write_ask and
 * write_take, not before write_due, until there is nothing more to ask.
 */
#ifndef POLLER_WRITE_H
#define POLLER_WRITE_H

#include "bus.h"
#include "command.h"
#include "device.h"

struct write {
	struct write *beside; /* of the same line */
	struct task task;
	const struct device *device; /* NULL: nothing is being written */
	const struct point *point;
	uint16_t words[POINT_WORDS_MAX]; /* as they are to be */
	enum write_step {
		WRITE_LOOKS,
		WRITE_PUTS,
		WRITE_READS,
		WRITE_OVER
	} step;
	bool put; /* the write was begun */
	bool acknowledged;
	int64_t asked, next; /* by env_mono: last, and not before */
};

/* What came of a request. */
struct heard {
	enum outcome outcome;
	const uint16_t *words;
	const char *why; /* as bus_why says */
	bool sent;	 /* as bus_sent says */
};

/*
 * The commands of a line, one a device at most: whether one of a device is in
 * hand, which wants to go on first (NULL: none is in hand), and room for one
 * more, in the arena when none of them is over.
 */
bool write_any(const struct write *all, const struct device *);
struct write *write_first(struct write *all);
struct write *write_room(struct write **all, struct arena *);

/* The task's device is the one that is given. */
void write_begin(struct write *, const struct task *, const struct device *,
    struct commands *);

/*
 * When it wants to go on, by env_mono: not while the late answer to a poll may
 * come, which would be taken for the interlock or for what was read back.
 */
int64_t write_due(const struct write *);

/* The next request; false: it is over, and device is NULL. */
bool write_ask(struct write *, struct ask *);

/*
 * What came of it.  When no answer comes to the write, reading back decides.
 * As long as that brings none it is tried again, up to the command's end: a
 * line that broke is back by then, or nobody knows, and the command has failed
 * saying so.  What becomes known is told at once.
 */
void write_take(struct write *, struct commands *, const struct heard *);

/* The line goes on no more: what is in hand is over. */
void write_leave(struct write *, struct commands *);

#endif
