/*
 * polled.h - which devices a poller can be asked about.
 */
#ifndef ADMIN_POLLED_H
#define ADMIN_POLLED_H

#include "web/view.h"
#include "web/web.h"

/*
 * Rows Devices.N with Key, Name and Line; Edge is 1 when there are others,
 * which an edge agent polls.
 */
struct err *polled_state(struct view *, struct req *) MUST_CHECK;

/* The page will say why nothing is read; wait_s as of probe_asked. */
void polled_refused(struct req *, struct res *, const struct err *, int wait_s);

#endif
