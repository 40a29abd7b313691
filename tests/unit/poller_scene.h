/*
 * poller_scene.h - a spool of the poller in a folder of its own, and blocks of
 * readings that are put into it and taken out.
 */
#ifndef TESTS_POLLER_SCENE_H
#define TESTS_POLLER_SCENE_H

#include "../../poller/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "folder_scene.h"
#include "store/block.h"

enum { TENANT = 7, MANY = 1000000 };

static inline void
path_to(char to[PATH_MAX], const char *name)
{
	if (snprintf(to, PATH_MAX, "%s/%s", dir, name) >= PATH_MAX)
		abort();
}

static inline void
folder_clear(void)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *d = opendir(dir);

	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		path_to(path, entry->d_name);
		(void)unlink(path);
	}
	(void)closedir(d);
}

static inline struct spool *
opened(const struct spool_conf *conf)
{
	struct spool *s = NULL;

	CHECK(spool_open(&s, arena, conf) == NULL);
	return s;
}

static int tenant = TENANT; /* whose readings are put */

/* One reading a sensor, 1 to `sensors`, at that second. */
static inline void
put(struct spool *s, int sensors, int64_t second)
{
	struct readings r = { 0 };
	struct reading *v = readings_room(&r, scratch, (size_t)sensors);
	int i;

	for (i = 0; i < sensors; i++)
		v[i] = (struct reading){ .time = second * CLOCK_S,
			.value =
			    (double)((second + i * 7919) * 2654435761 % 99991) /
			    7,
			.sensor = i + 1,
			.quality = QUALITY_GOOD };
	r.n = (size_t)sensors;
	spool_append(s, scratch, tenant, (uint32_t)sensors,
	    block_encode(scratch, NULL, &r));
	arena_reset(scratch);
}

static inline bool
took(struct parcel *p, struct spool *s, size_t readings)
{
	const struct load load = { .readings = readings };

	return spool_take(p, s, scratch, &load);
}

/* How many readings the gaps that are not told yet are. */
static inline int64_t
given_up(struct spool *s, enum gap_reason reason)
{
	struct gap *v;
	size_t i, n = spool_gaps(&v, s, scratch, 10000);
	int64_t all = 0;

	for (i = 0; i < n; i++)
		if (v[i].reason == reason)
			all += v[i].n;
	return all;
}

/* Take everything; each reading of sensor 1 by its second. */
static inline size_t
drained(struct spool *s, int *seen, int64_t seconds)
{
	struct parcel p;
	struct readings r;
	size_t i, k, total = 0;

	while (took(&p, s, MANY)) {
		for (i = 0; i < p.n; i++) {
			if (block_decode(&r, scratch, p.v[i].payload) != NULL)
				abort();
			CHECK(r.n == p.v[i].readings);
			total += r.n;
			for (k = 0; k < r.n; k++)
				if (r.v[k].sensor == 1 &&
				    r.v[k].time < seconds * CLOCK_S)
					seen[r.v[k].time / CLOCK_S]++;
		}
		spool_done(s, &p);
		arena_reset(scratch);
	}
	return total;
}

#endif
