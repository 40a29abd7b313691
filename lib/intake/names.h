/*
 * names.h - the members that senders give a reading, under all their names.
 *
 * An object's known members are put into slots as they come by.  Several
 * names may mean one slot; the one that stands first in the table wins, and a
 * null counts as absent unless null means something there.
 */
#ifndef INTAKE_NAMES_H
#define INTAKE_NAMES_H

#include "base/jscan.h"

enum slot {
	SLOT_NONE, /* no known name */
	SLOT_DEVICE,
	SLOT_TIME,
	SLOT_TENANT,
	SLOT_QUALITY,
	SLOT_REV,
	SLOT_SENSOR,
	SLOT_VALUE,
	SLOT_UNIT,
	SLOT_VALUES,
	SLOT_UNITS,
	SLOT_AVG,
	SLOT_MIN,
	SLOT_MAX,
	SLOT_COUNT,
	SLOT_STDDEV,
	SLOT_READINGS,
	SLOT_BATCH,
	SLOT_SENT,   /* when the body was sent */
	SLOT_SERVER, /* RutOS: the device */
	SLOT_NAME,   /* RutOS: the sensor */
	SLOT_DATA,   /* RutOS: the value */
	SLOT_ASIDE,  /* known, and of no use to us */
	SLOTS
};

enum { GUESSES = 16 };

struct members {
	unsigned char name[SLOTS]; /* which of its names; 0: absent */
	struct jvalue v[SLOTS];
	/* Objects of one body are alike: the names of the one before. */
	unsigned char guess[GUESSES];
	size_t at;
};

/* Forget what the object before had. */
void members_clear(struct members *);

/* What the next key of the object names; 0: nothing that is known. */
unsigned members_name(struct members *, struct slice key);

enum slot name_slot(unsigned name);

/* In a flat object: it is about the reading, and no measurement. */
bool name_is_aside(unsigned name);

void members_put(struct members *, unsigned name, const struct jvalue *);

/* NULL: the object has none. */
const struct jvalue *members_get(const struct members *, enum slot);

/* A slot's text; p is NULL when it is absent or something else. */
struct slice members_text(const struct members *, enum slot);

/* The device, as RutOS names it: "server_name", or "device" alone. */
struct slice members_server(const struct members *);

/*
 * Does the object's time stand under a name that routers write with the day
 * first, as 27/08/2026?
 */
bool name_day_first(unsigned name);
bool members_day_first(const struct members *);

#endif
