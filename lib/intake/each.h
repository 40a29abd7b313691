/*
 * each.h - a body that is one object, or an array of such.
 */
#ifndef INTAKE_EACH_H
#define INTAKE_EACH_H

#include "intake/intake.h"

/* Reads the object just entered to its end, and completes its raw bytes. */
typedef void each_fn(struct intake *, struct jscan *, struct jvalue *);

/*
 * Read each object of the body; items of an array know their place in it, and
 * what is no object there is refused.  ERR_INPUT: it is no JSON.
 */
struct err *each_object(struct intake *, struct bytes body,
    each_fn *) MUST_CHECK;

#endif
