/*
 * rutos.h - what a Teltonika router sends: "data to server" of RutOS 7 in its
 * format json, and of the firmware before it.
 *
 * RutOS 7: an object keyed by the name of the data input, each value one
 * segment or an array of them; or the segments alone, one, in an array, or
 * several objects with a comma or newline between.  A segment is a request:
 *
 *	{"timestamp":1763703600,"server_id":1,"server_name":"Nivus_001",
 *	 "name":"flow_rate","full_addr":"300011","size":2,"data":"[0.0329]"}
 *
 * data is what the router decoded, or raw registers: those want the profile
 * of the device, see router_settle.  Inputs that tell of the router itself
 * (mnfinfo, gsm, gps, io and others) are told by their members; numbers become
 * readings of the gateway, if it has such sensors, and all else facts.
 *
 * Before RutOS 7: {"ID":"1","TS":"1763703600","ST":"0","VR":"[17132,58982]"},
 * slave, time, start register counted from zero, raw registers.
 */
#ifndef INTAKE_RUTOS_H
#define INTAKE_RUTOS_H

#include "intake/intake.h"
#include "intake/words.h"

/* What a segment says besides; of a router's items only. */
struct segment {
	struct words words; /* n = 0: its value was decoded by the router */
	int slave;	    /* of Modbus; negative: not said */
	bool own;	    /* of the gateway itself */
	bool aside;	    /* let go when the gateway has no such sensor */
};

/* A member of an object. */
struct part {
	struct slice key;
	struct jvalue v;
};

struct parts {
	struct part *v;
	size_t n, room;
	struct slice raw;
};

/* The member of that name; NULL: there is none, or it is null. */
const struct jvalue *part_get(const struct parts *, const char *name);

/* A text or number as text; p NULL: there is none. */
struct slice part_text(const struct parts *, const char *name);

/* A kind of input that tells of the router itself; NULL: it is none. */
struct kind;
const struct kind *kind_of(const struct parts *);

/* Its readings and facts; `place` is where it stood. */
void kind_take(struct intake *, const struct kind *, const struct parts *,
    const struct common *, const char *place);

/* Is the body, whose first object decided nothing, a router's? */
bool is_rutos(struct intake *, struct bytes body);

#endif
