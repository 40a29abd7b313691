/*
 * arena.h - memory that lives exactly as long as a request or a cycle.
 *
 * Memory is zeroed, but for arena_room's, and never NULL: running out of it
 * ends the process, and sizes from outside are checked against a limit before
 * they come here.
 * Foreign objects (a PGresult, an HDF) are tied to the arena by arena_defer.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/err.h"

struct arena;

struct arena *arena_new(void);

/* The same for little: many of them stand side by side in few pages. */
struct arena *arena_small(void);
void arena_free(struct arena *);

/* Run the deferred closers, newest first, and forget every allocation. */
void arena_reset(struct arena *);

/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *, size_t size)
    __attribute__((malloc, returns_nonnull));

/* n members of the given size; ends the process when n * size overflows. */
void *arena_array(struct arena *, size_t n, size_t size)
    __attribute__((malloc, returns_nonnull));

/* The same with bytes as they happen to be: who asks fills all of them. */
void *arena_room(struct arena *, size_t n, size_t size)
    __attribute__((malloc, returns_nonnull));

/* A copy of n bytes with a NUL behind them. */
char *arena_copy(struct arena *, const void *, size_t n)
    __attribute__((returns_nonnull));
char *arena_text(struct arena *, const char *) __attribute__((returns_nonnull));
char *arena_printf(struct arena *, const char *fmt, ...) PRINTF_LIKE(2, 3)
    __attribute__((returns_nonnull));

/* Call close(what) when the arena is reset or freed. */
void arena_defer(struct arena *, void (*close)(void *), void *what);

#endif
