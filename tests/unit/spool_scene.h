/*
 * spool_scene.h - a spool of ingest in a folder of its own, and what is put
 * into it and taken out.
 */
#ifndef TESTS_SPOOL_SCENE_H
#define TESTS_SPOOL_SCENE_H

#include "intake/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/record.h"
#include "folder_scene.h"

enum { TENANT = 7, BIG = 1 << 24, MANY = 1000 };

static inline struct spool *
opened(int64_t max_bytes)
{
	struct spool *s = NULL;

	CHECK(spool_open(&s, arena, dir, max_bytes) == NULL);
	return s;
}

static inline struct spooled
body_of(int tenant, const char *text)
{
	return (struct spooled){ .tenant = tenant,
		.device = 12,
		.cred = 1234567890123,
		.received = 1700000000123456,
		.readings = 1,
		.format = 8,
		.tick_ns = 1000,
		.status = 202,
		.batch = "gw7-183",
		.of_device = "",
		.reply = "{\"accepted\":1}",
		.body = { (const unsigned char *)text, strlen(text) } };
}

static inline bool
put(struct spool *s, int tenant, int number)
{
	char text[32];
	struct spooled v;

	(void)snprintf(text, sizeof(text), "body %d", number);
	v = body_of(tenant, text);
	return spool_put(s, scratch, &v, 1) == NULL;
}

static inline int
number_of(const struct spooled *v)
{
	char text[32] = "";
	int number = -1;

	memcpy(text, v->body.p, v->body.n < 31 ? v->body.n : 31);
	(void)sscanf(text, "body %d", &number);
	return number;
}

/* Take everything of a tenant; seen[i] counts how often body i came. */
static inline int
drain(struct spool *s, int tenant, int *seen, int n)
{
	struct parcel p;
	int total = 0;
	size_t i;

	memset(seen, 0, (size_t)n * sizeof(*seen));
	while (spool_take(&p, s, scratch, tenant, 3, MANY)) {
		for (i = 0; i < p.n; i++, total++) {
			int k = number_of(&p.v[i]);

			if (k >= 0 && k < n)
				seen[k]++;
		}
		spool_done(s, scratch, &p);
		arena_reset(scratch);
	}
	return total;
}

/* How many files of a tenant end so; the last one's path in `path`. */
static inline int
files(char path[PATH_MAX], int tenant, const char *ending)
{
	char folder[PATH_MAX - 256];
	struct dirent *entry;
	DIR *d;
	int n = 0;

	(void)snprintf(folder, sizeof(folder), "%s/T%d", dir, tenant);
	d = opendir(folder);
	while ((entry = readdir(d)) != NULL) {
		size_t len = strlen(entry->d_name), k = strlen(ending);

		if (len < k || strcmp(entry->d_name + len - k, ending) != 0)
			continue;
		(void)snprintf(path, PATH_MAX, "%s/%s", folder, entry->d_name);
		n++;
	}
	(void)closedir(d);
	return n;
}

#endif
