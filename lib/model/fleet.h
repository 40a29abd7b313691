/*
 * fleet.h - a tenant's sites, devices and sensors with their latest values.
 *
 * What a child has read of a tenant is kept, and a request loads only what
 * changed since; see snapshot.c for why that is correct.  What is loaded is to
 * be read and not to be written; it lives as long as the transaction's arena,
 * and nothing changes in it meanwhile.
 */
#ifndef MODEL_FLEET_H
#define MODEL_FLEET_H

#include <stdbool.h>

#include "db/db.h"
#include "store/reading.h"

enum { FLEET_ROWS_MAX = 50000 };

struct sensor {
	int32_t id;
	const char *key, *code, *name;
	const char *unit; /* UCUM */
	const char *kind; /* gauge, counter, state */
	const char *states;
	int precision;
	bool known; /* there is a latest reading */
	struct reading latest;
};

struct device {
	int32_t id;
	const char *key, *name, *kind;
	const char *asset, *asset_name, *asset_type; /* "": none */
	const char *gateway, *gateway_name;	     /* "": none */
	const char *manufacturer, *profile, *profile_version;
	const char *metadata; /* JSON */
	const char *modbus;   /* "tcp 10.0.0.5:502 unit 1", or "" */
	const char *state;    /* online, offline, never */
	double period_s;
	double told_s;	       /* the same while readings are thinned */
	const char *quality;   /* as its poller tells; "full" */
	int64_t quality_since; /* 0: it has never said */
	int64_t kbit;	       /* of its uplink then; 0: not known */
	bool simulated;
	int64_t created;
	int64_t seen;	 /* 0: never */
	int64_t version; /* the derive cycle that changed it last */
	struct sensor *sensors;
	size_t n;
};

struct site {
	const char *key, *name, *zone;
	struct device *devices;
	size_t n;
};

struct fleet {
	struct site *sites;
	size_t n;
	int64_t version; /* the derive cycle it shows at least */
	int64_t alerts;	 /* active ones */
};

/* The version and the alerts alone: what a page shows is at least so new. */
struct err *fleet_version(struct fleet *, struct tx *) MUST_CHECK;

/* Everything of the tenant, with the state of each device as of now. */
struct err *fleet_load(struct fleet *, struct tx *) MUST_CHECK;

/* One device and its site; ERR_MISSING when the tenant has none of that key. */
struct err *device_load(struct device *, struct site *, struct tx *,
    const char *key) MUST_CHECK;

/*
 * The same of what changes rarely: its latest values, when it was seen and its
 * state may be old.
 */
struct err *device_known(struct device *, struct site *, struct tx *,
    const char *key) MUST_CHECK;

/*
 * How long it may be silent and still count as online: three of its own
 * periods.  The view device_state says the same in SQL.
 */
int64_t device_silence(const struct device *);

/* The sensor of that key, or NULL. */
const struct sensor *device_sensor(const struct device *, const char *key);

/*
 * A value as people read it: its precision, or the name of its state; large
 * ones in groups of three digits; "—" when there is none.
 */
const char *value_shown(struct arena *, const struct sensor *, double);

/* The same number, without a state: 1 938 283.3. */
const char *number_shown(struct arena *, double, int precision);

/* good, uncertain, bad. */
const char *quality_word(int quality);

#endif
