/*
 * meter.h - what a device's counters have counted in all, and when the meters
 * behind them were exchanged.
 *
 * The total is what the first meter would show now if it had never been
 * exchanged, gone over its top or begun anew: the first reading that is kept,
 * what was exchanged before it, and the way up since (store/counter.h).  A top
 * or a beginning before the first reading that is kept is not known any more.
 */
#ifndef MODEL_METER_H
#define MODEL_METER_H

#include "model/fleet.h"

/* The old meter's last value and the new one's first. */
struct exchange {
	int64_t at;
	double old_last, new_first;
	const char *told_by; /* "": a program, or the operator's tool */
	int64_t told_at;
};

struct meter {
	const struct sensor *sensor;
	struct exchange *v; /* the newest first */
	size_t n;
	bool is_known;	/* it has a reading; else what follows is 0 */
	int64_t since;	/* the first one that is kept */
	double counted; /* from there on */
	double total;
};

struct meters {
	struct meter *v; /* in the order of the sensors */
	size_t n;
};

/* The counters of the device; they live as long as the transaction's arena. */
struct err *meters_load(struct meters *, struct tx *, const struct device *,
    int64_t now) MUST_CHECK;

/*
 * The meter was exchanged; said once more for the same instant, it corrects
 * what was said.  Or it was not.  Hours and days are reckoned anew by the
 * worker; who reads meanwhile gets the right ones.  ERR_MISSING: there is no
 * such sensor, or exchange; ERR_INPUT names the field.
 */
struct err *meter_exchange(struct tx *, const char *device, const char *sensor,
    const struct exchange *) MUST_CHECK;
struct err *meter_withdraw(struct tx *, const char *device, const char *sensor,
    int64_t at) MUST_CHECK;

#endif
