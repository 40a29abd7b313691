/*
 * pick.h - the few members that a decoder wants of an object that has many.
 *
 *	struct pick p[] = { { .name = "time" },
 *		{ .of = "deviceInfo", .name = "devEui" } };
 *	picks_read(p, 2, arena, raw);
 *
 * The object was scanned before, so that its bytes are known to be whole; each
 * level of it is scanned once more.  Members live as long as the body.
 */
#ifndef INTAKE_PICK_H
#define INTAKE_PICK_H

#include "intake/intake.h"

struct pick {
	const char *of;	  /* the object it stands in; NULL: at the top */
	const char *name; /* NULL: nothing is wanted */
	struct jvalue v;  /* J_NONE: it is not there, or null */
};

/* Fill the picks from this object. */
void picks_read(struct pick *, size_t n, struct arena *, struct slice object);

/* Scan the bytes of a value that was scanned before. */
void raw_open(struct jscan *, struct arena *, struct slice raw);

/* Its text, or its number as it stands; p NULL: it is neither. */
struct slice pick_text(const struct pick *);

/*
 * What the items of one object have in common: whose they are, and the time as
 * the sender wrote it, of any kind; J_NONE: it did not.
 */
void common_at(struct common *, struct intake *, struct slice raw,
    struct slice device, const struct jvalue *time);

/* The device of a body that does not name it, as the address says; or none. */
struct slice device_asked(const struct intake *);

/* An object of a body, and where it stood; list: in an array. */
struct object {
	struct slice raw;
	bool list;
	size_t index;
};

typedef void object_fn(struct intake *, const struct object *, void *arg);

/*
 * A body that is one object, or an array of them: each is handed to the
 * function once the whole body has been scanned.
 */
struct err *objects_read(struct intake *, struct bytes body, object_fn *,
    void *arg) MUST_CHECK;

#endif
