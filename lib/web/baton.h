/*
 * baton.h - one child at a time, as long as it is quick.
 *
 * Children hand batons on, so that what arrives while one of them works waits
 * for the next in line and is taken by it all at once.  A baton protects
 * nothing: who has waited for BATON_MS goes on without it, so that one child
 * that hangs holds up nobody, and of one that dies the next has it.
 */
#ifndef WEB_BATON_H
#define WEB_BATON_H

#include <stdbool.h>
#include <stddef.h>

enum { BATON_MS = 10 };

struct baton;

/* So many, for all processes that are forked later; NULL: no memory. */
struct baton *batons_new(size_t n);

/* Number i of them. */
struct baton *baton_at(struct baton *, size_t i);

/* False: it is with somebody else, and need not be given back. */
bool baton_take(struct baton *);
void baton_give(struct baton *);

#endif
