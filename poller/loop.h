/*
 * loop.h - the thread in which all lines go on, each when it wants to or when
 * its descriptor has news.
 *
 * No line ever waits, so none delays another, and there may be as many as
 * the process may have descriptors.
 */
#ifndef POLLER_LOOP_H
#define POLLER_LOOP_H

#include "line.h"

struct loop;

/* What lines read goes through the gather. */
struct err *loop_start(struct loop **, struct arena *,
    struct gather *) MUST_CHECK;

/* Where the lines' descriptors belong. */
int loop_epoll(const struct loop *);

/* From then on the line is the loop's; it is freed when it is removed. */
void loop_add(struct loop *, struct line *);
void loop_remove(struct loop *, struct line *);

/* Call with every line, while none of them goes on. */
void loop_each(struct loop *, void (*)(struct line *, void *), void *what);

/* There is something for some of them: all look at once. */
void loop_call(struct loop *);

/* Stop going on; false when it takes longer than that. */
bool loop_stop(struct loop *, int timeout_ms);

#endif
