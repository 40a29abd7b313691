/*
 * probe.h - registers of a polled device that somebody wants to see as they
 * are now.
 *
 * A probe is queued for the poller, sent to it, and then answered or failed;
 * or it expires, as nobody took it.  It is known for an hour.
 */
#ifndef MODEL_PROBE_H
#define MODEL_PROBE_H

#include "db/db.h"
#include "model/profile.h"

enum { PROBE_MOST = 64 /* registers or bits at once */ };

struct probe {
	const char *device, *device_name;
	const char *zone; /* of the device's site */
	bool simulated;
	enum point_function function;
	int address, quantity;
	int64_t asked_at, ended_at; /* ended_at 0: not yet */
	const char *state;     /* queued, sent, answered, failed, expired */
	const uint16_t *words; /* quantity of them; NULL: not answered */
	const char *why;       /* it failed or expired; else "" */
};

/* "holding", "input", "coil", "discrete"; false: it is none of them. */
bool probe_function(enum point_function *, const char *name);

/* Registers, and not bits? */
bool probe_is_words(enum point_function);

/* Has it neither an answer nor an end yet? */
bool probe_is_open(const struct probe *);

/* The code of the exception that a why tells of; 0: of none. */
int probe_exception(const char *why);

/* The words of an answer, out of that column; NULL: it has none. */
const uint16_t *probe_words(struct arena *, const struct rows *, int row,
    int column);

/* The error for the database's word for why nothing of a device is read. */
struct err *probe_refusal(const char *word, const char *device) MUST_CHECK;

/* What became of asking. */
struct probe_asked {
	int64_t id;
	int wait_s; /* after ERR_LIMIT: until it is not too often any more */
};

/*
 * Ask for one.  ERR_INPUT names the field that is wrong; ERR_MISSING: there is
 * no such device; ERR_CONFLICT: it is just being read; ERR_LIMIT: too often.
 * After any of these the transaction goes on.
 */
struct err *probe_ask(struct probe_asked *, struct tx *, const char *device,
    enum point_function, int64_t address, int64_t quantity) MUST_CHECK;

/* ERR_MISSING: there is none, or not any more. */
struct err *probe_load(struct probe *, struct tx *, int64_t id) MUST_CHECK;

#endif
