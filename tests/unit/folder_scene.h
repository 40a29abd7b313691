/*
 * folder_scene.h - a spool's test: a folder of its own, in memory where there
 * is such a place, and a wall clock that can be told what it says.
 */
#ifndef TESTS_FOLDER_SCENE_H
#define TESTS_FOLDER_SCENE_H

#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/env.h"
#include "check.h"

static char dir[PATH_MAX / 2];
static struct arena *arena, *scratch; /* of the spool; of the calls */
static struct env env;
static int64_t now; /* what the wall clock says, when it is not 0 */

static inline int64_t
told_now(void)
{
	return now != 0 ? now : env_real.now_us();
}

static inline void
begin(void)
{
	const char *tmp = getenv("TMPDIR");

	if (tmp == NULL)
		tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	(void)snprintf(dir, sizeof(dir), "%s/flux_test.XXXXXX", tmp);
	if (mkdtemp(dir) == NULL)
		abort();
	arena = arena_new();
	scratch = arena_new();
	env = env_real;
	env.now_us = told_now;
	now = 0;
	env_use(&env);
	(void)!freopen("/dev/null", "w", stderr);
}

static inline int
removed(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline void
folder_remove(const char *path)
{
	(void)nftw(path, removed, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void
end(void)
{
	env_use(&env_real);
	folder_remove(dir);
	arena_free(arena);
	arena_free(scratch);
}

#endif
