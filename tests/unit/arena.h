/* arena.h - memory that all tests of a file share. */
#ifndef TESTS_ARENA_H
#define TESTS_ARENA_H

#include "base/arena.h"

static struct arena *arena;

__attribute__((constructor)) static void
arena_start(void)
{
	arena = arena_new();
}

__attribute__((destructor)) static void
arena_finish(void)
{
	arena_free(arena);
}

#endif
