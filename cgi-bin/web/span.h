/*
 * span.h - the span that a page is asked for: ?span=24h, or ?from=&to=.
 */
#ifndef WEB_SPAN_H
#define WEB_SPAN_H

#include "web/web.h"

struct span {
	int64_t from, to;
	const char *name;  /* "24h" when it is one of the usual; else NULL */
	const char *error; /* what was wrong with it; a usual one is shown */
};

/* Local times of the form are of the zone in use. */
struct span span_read(const struct req *, int64_t now);

/* The Span and Spans nodes of device.cs. */
void state_span(struct view *, struct arena *, const struct span *,
    const char *href, const char *zone);

#endif
