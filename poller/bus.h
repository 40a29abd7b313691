/*
 * bus.h - one Modbus line, TCP or serial: ask, and get an answer in time.
 *
 * libmodbus opens, sets up and closes the line.  The frames are ours: it
 * would take another unit's answer for ours, always asks with transaction 0
 * when given a raw request, and lets a device that drips byte by byte stretch
 * its time-out.  Here one deadline covers the whole answer, and after
 * anything but an answer or an exception the line is closed and opened anew.
 *
 * A bus is used by one thread.
 */
#ifndef POLLER_BUS_H
#define POLLER_BUS_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/arena.h"
#include "model/frame.h"

enum { BUS_SIGNAL = SIGUSR1 };

struct bus_address {
	bool serial;
	const char *host; /* or the device file */
	int port;	  /* or the baud rate */
	char parity;
	int data_bits, stop_bits;
};

enum outcome {
	BUS_ANSWER,
	BUS_EXCEPTION, /* the device said no */
	BUS_GARBAGE,   /* something came, and it was no answer */
	BUS_SILENT,    /* nothing whole came in time */
	BUS_DOWN,      /* the line cannot be opened, or broke */
	BUS_STOPPED,   /* *stop was set */
	BUS_OUTCOMES
};

const char *outcome_name(enum outcome);

struct bus;

/*
 * Nothing is opened before the first read.  Closed with the arena.  Whoever
 * sets *stop sends BUS_SIGNAL to the thread, which blocks it but in waits.
 */
struct bus *bus_new(struct arena *, const struct bus_address *,
    const atomic_bool *stop);

/*
 * Read into words, one member a register or bit; ask's framing and
 * transaction are filled in here.
 */
enum outcome bus_read(struct bus *, uint16_t *words, struct ask *,
    int timeout_ms);

/* What the last outcome was about: "wrong unit", "Connection refused". */
const char *bus_why(const struct bus *);

/* Wait; false when it was cut short because the poller stops. */
bool bus_wait(const struct bus *, int64_t us);

#endif
