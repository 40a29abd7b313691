/*
 * command.h - what somebody wants written into a device.
 *
 * A command is waiting for its second step, queued for the poller, sent to
 * it, acknowledged by the device, and verified by reading the point back; or
 * failed, expired, withdrawn.  Its state never says more than is known.
 */
#ifndef MODEL_COMMAND_H
#define MODEL_COMMAND_H

#include "db/db.h"
#include "model/profile.h"

enum {
	ORDER_LEAST_S = 5,
	ORDER_USUAL_S = 120,
	ORDER_MOST_S = 7 * 86400,
	ORDER_REASON = 200, /* characters */
	ORDER_KEY = 200
};

/* What is asked for; the words are the sender's. */
struct order {
	const char *device, *point;
	const char *reason; /* "": none given */
	const char *key;    /* the same key asks once; "": none given */
	double value;
	int seconds; /* how long it may be carried out */
};

struct command {
	int64_t id;
	const char *device, *device_name, *point;
	const char *zone; /* of the device's site */
	double value;
	const char *unit; /* "" when nobody knows */
	const char *reason, *state;
	const char *confirm; /* its second step: none, self, other */
	const char *asked_by, *confirmed_by;
	int64_t asked_at, expires_at;
	int64_t confirmed_at, sent_at, acknowledged_at, ended_at; /* or 0 */
	double read_back;					  /* or NaN */
	const char *why;					  /* or "" */
};

/* "none", "self", "other"; of another word CONFIRM_NONE. */
const char *confirm_name(enum confirm);
enum confirm confirm_of(const char *name);

/*
 * The device's profile, and its name.  ERR_MISSING: there is no such device;
 * ERR_INPUT: nothing can be written into it.
 */
struct err *command_target(struct profile **, const char **name, struct tx *,
    const char *profiles, const char *device) MUST_CHECK;

/* The point; ERR_INPUT names what the profile does not allow. */
struct err *order_check(const struct point **, const struct order *,
    const struct profile *) MUST_CHECK;

/* Write an order down that was checked. */
struct err *command_ask(int64_t *id, const char **state, struct tx *,
    const struct order *, const struct point *) MUST_CHECK;

/*
 * The second step, by who may send or, for what needs two persons, by somebody
 * else who may approve; and the end.  ERR_MISSING: there is no such command.
 */
struct err *command_confirm(struct tx *, int64_t id, bool approve) MUST_CHECK;
struct err *command_withdraw(struct tx *, int64_t id) MUST_CHECK;

/* The newest first, from before a number on; device "": of all. */
struct err *command_list(struct command **, size_t *n, struct tx *,
    const char *device, int64_t before, int most) MUST_CHECK;
struct err *command_load(struct command *, struct tx *, int64_t id) MUST_CHECK;

#endif
