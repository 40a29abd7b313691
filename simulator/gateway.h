/*
 * gateway.h - a gateway that does not exist, which posts what its devices
 * measure to an ingest over HTTP.
 *
 * One thread a gateway.  Every post says X-Fluxline-Simulated: 1; what is
 * posted to is the url as it stands.
 *
 *   {"url": ..., "key_file": ..., "shape": "native" or "rutos",
 *    "period_s": 10, "ca_file": ..., "devices": [
 *      {"device": "SIM-1", "profile": "robot", "model": "robot", "seed": 1}]}
 */
#ifndef SIMULATOR_GATEWAY_H
#define SIMULATOR_GATEWAY_H

#include <jansson.h>
#include <signal.h>

#include "base/buf.h"
#include "model/model.h"
#include "model/profile.h"
#include "simulator/play.h"

enum { GATEWAY_DEVICES_MAX = 10000 };

enum shape { SHAPE_NATIVE, SHAPE_RUTOS, SHAPES };

/* A device behind it; the readings follow the profile's points. */
struct posted {
	const char *key;
	const struct profile *profile;
	struct behaviour *of; /* for each point */
};

struct gateway {
	const char *url, *key, *ca_file; /* NULL: the machine's own */
	enum shape shape;
	int64_t period; /* microseconds of the scenario */
	struct posted *devices;
	size_t n;
	const struct play *play;
};

struct err *gateway_read(struct gateway *, struct arena *, json_t *,
    const char *profiles) MUST_CHECK;

/*
 * The body of a post: every point of every device at that instant; a value
 * that is no number is left out.
 */
void gateway_body(struct buf *, const struct gateway *, int64_t now);

/* Post until *stop; errors go to the log, and the next period tries again. */
void gateway_run(const struct gateway *, const volatile sig_atomic_t *stop);

#endif
