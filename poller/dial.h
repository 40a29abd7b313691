/*
 * dial.h - the descriptor of a Modbus line, opened without waiting for it.
 *
 * libmodbus sets up serial lines; sockets are connected here, because its own
 * way waits with select(), which knows no descriptor above 1023.
 */
#ifndef POLLER_DIAL_H
#define POLLER_DIAL_H

#include <stdbool.h>

#include "base/arena.h"

enum transport {
	TRANSPORT_TCP,
	TRANSPORT_RTU,	   /* a serial line */
	TRANSPORT_RTU_TCP, /* frames of a serial line through a socket */
	TRANSPORTS
};

struct bus_address {
	enum transport transport;
	const char *host; /* or the device file */
	int port;	  /* or the baud rate */
	char parity;
	int data_bits, stop_bits;
};

enum dialled {
	DIAL_OPEN,
	DIAL_CONNECTING, /* the descriptor becomes writable */
	DIAL_LOOKING,	 /* for the host's address: ask again a little later */
	DIAL_FAILED
};

struct dial;

/* Closed with the arena; the address stays where it is. */
struct dial *dial_new(struct arena *, const struct bus_address *);

/* One step further; opens what is closed. */
enum dialled dial_go(struct dial *);

/* -1: closed.  It is another one after each time it was closed. */
int dial_fd(const struct dial *);
void dial_close(struct dial *);

/* Forget what came in and nobody has read: of a serial line only. */
void dial_flush(const struct dial *);

/* Why it failed: "Connection refused". */
const char *dial_why(const struct dial *);

#endif
