/*
 * bus.h - one Modbus line: ask, and get an answer in time, without waiting.
 *
 * The frames are ours: libmodbus would take another unit's answer for ours,
 * and lets a device that drips byte by byte stretch its time-out.  Here one
 * deadline covers the whole answer.  After anything but an answer or an
 * exception a connection is closed and made anew, so that no late answer is
 * taken for the next one; a serial line is emptied instead, and bytes before
 * the answer (an echo, noise, another unit) are passed over.
 *
 * A line that cannot be opened is tried again after a while: twice as long
 * each time, up to ten seconds, with full jitter.  So is one that hangs up at a
 * question, unless it has answered since it did so before: gateways do that
 * when they are asked for a unit that is dead.
 *
 * A bus is used by one thread, which has its descriptor in an epoll.
 */
#ifndef POLLER_BUS_H
#define POLLER_BUS_H

#include "dial.h"
#include "model/frame.h"

enum outcome {
	BUS_ANSWER,
	BUS_EXCEPTION, /* the device said no */
	BUS_GARBAGE,   /* something came, and it was no answer */
	BUS_SILENT,    /* nothing whole came in time, or it hung up */
	BUS_DOWN,      /* the line cannot be opened, or broke */
	BUS_WAITING,   /* no outcome yet */
	BUS_OUTCOMES
};

const char *outcome_name(enum outcome);

struct bus;

/*
 * Nothing is opened before the first request.  Closed with the arena; the
 * address stays where it is.  The descriptor is put into the epoll,
 * edge-triggered, with `what` as its data.
 */
struct bus *bus_new(struct arena *, const struct bus_address *, int epoll,
    void *what);

/*
 * Begin a request; ask's framing and transaction are filled in here.
 * What it puts stays where it is until there
 * is an outcome.  Its answer has `span` microseconds; a line that must be
 * opened first has `open_span` for that.
 */
void bus_ask(struct bus *, const struct ask *, int64_t span, int64_t open_span);

/*
 * Go on, when the descriptor says so and at bus_wake.  BUS_ANSWER: words has
 * one member a register or bit; BUS_EXCEPTION: words[0] is its code.
 */
enum outcome bus_go(struct bus *, uint16_t *words);
int64_t bus_wake(const struct bus *);

/* Something came that nobody asked for: it is forgotten. */
void bus_drain(struct bus *);

/* Not to be asked before: the silence between frames of a serial line. */
int64_t bus_free_at(const struct bus *);

/* Whether anything of the last request went out. */
bool bus_sent(const struct bus *);

/* How long the last answer took, in microseconds. */
int64_t bus_took(const struct bus *);

/*
 * What the last outcome was about: "wrong unit", "Connection refused"; of one
 * that is silent, BUS_LATE or how it hung up.
 */
#define BUS_LATE "no answer in time"
const char *bus_why(const struct bus *);

/* Whether that was a wrong checksum. */
bool bus_corrupt(const struct bus *);

#endif
