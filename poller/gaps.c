#include "gaps.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "segment.h"

#define FILE_NAME "gaps"
#define NEAR CLOCK_HOUR

enum { FILE_MAX = 4 * 1024 * 1024 };

static uint32_t
sum_of(const void *p, size_t n)
{
	return (uint32_t)crc32_z(0, p, n);
}

static struct gap *
gaps_room(struct gaps *g)
{
	struct gap *v;

	if (g->n < g->room)
		return &g->v[g->n++];
	g->room = g->room * 2 + 64;
	v = arena_array(g->arena, g->room, sizeof(*v));
	if (g->n > 0)
		memcpy(v, g->v, g->n * sizeof(*v));
	g->v = v;
	return &g->v[g->n++];
}

static bool
is_same(const struct gap *a, const struct gap *b)
{
	return a->tenant == b->tenant && a->sensor == b->sensor &&
	       a->reason == b->reason && a->from <= b->to + NEAR &&
	       b->from <= a->to + NEAR;
}

/* The one that takes it up; NULL: there is none. */
static struct gap *
gaps_find(const struct gaps *g, const struct gap *one)
{
	size_t i;

	for (i = g->n; i-- > 0;)
		if (is_same(&g->v[i], one))
			return &g->v[i];
	return NULL;
}

static int64_t
fresh_id(void)
{
	int64_t id;

	env_get()->random(&id, sizeof(id));
	return (id & INT64_MAX) | 1;
}

void
gaps_add(struct gaps *g, const struct gap *one)
{
	struct gap some = *one, *at = gaps_find(g, one);

	g->dirty = true;
	if (at == NULL && g->n >= GAPS_MAX) {
		some.sensor = 0;
		at = gaps_find(g, &some);
	}
	if (at == NULL) {
		if (some.id == 0)
			some.id = fresh_id();
		*gaps_room(g) = some;
		return;
	}
	if (some.from < at->from)
		at->from = some.from;
	if (some.to > at->to)
		at->to = some.to;
	at->n += some.n;
}

void
gaps_add_readings(struct gaps *g, int32_t tenant, const struct readings *r,
    enum gap_reason reason)
{
	size_t i, n;

	for (i = 0; i < r->n; i += n) {
		const struct reading *v = &r->v[i];

		n = readings_run(v, r->n - i);
		gaps_add(g, &(struct gap){ .tenant = tenant,
				.sensor = v->sensor,
				.from = v[0].time,
				.to = v[n - 1].time,
				.n = (int64_t)n,
				.reason = reason });
	}
}

void
gaps_told(struct gaps *g, const struct gap *v, size_t n)
{
	size_t i, k;

	for (i = 0; i < n; i++)
		for (k = 0; k < g->n; k++) {
			if (g->v[k].id != v[i].id)
				continue;
			if (g->v[k].n == v[i].n && g->v[k].from == v[i].from &&
			    g->v[k].to == v[i].to)
				g->v[k] = g->v[--g->n];
			g->dirty = true;
			break;
		}
}

struct err *
gaps_save(struct gaps *g, struct arena *a, const char *dir)
{
	struct buf b = buf_new(a, 64 + g->n * 80);
	struct err *e;
	size_t i;

	buf_printf(&b, "gaps 1 %" PRIx64 " %" PRIx64 " %zu\n", g->dropping,
	    g->thinning, g->n);
	for (i = 0; i < g->n; i++) {
		const struct gap *v = &g->v[i];

		buf_printf(&b,
		    "%" PRId64 " %d %d %" PRId64 " %" PRId64 " %" PRId64
		    " %d\n",
		    v->id, v->tenant, v->sensor, v->from, v->to, v->n,
		    (int)v->reason);
	}
	buf_printf(&b, "sum %08" PRIx32 "\n", sum_of(b.p, b.n));
	e = file_replace(dir, FILE_NAME, (struct bytes){ b.p, b.n });
	if (e != NULL)
		return err_pass(e);
	g->dirty = false;
	return NULL;
}

/* The whole file as a text; NULL: there is none. */
static char *
text_read(size_t *n, struct arena *a, const char *dir)
{
	char path[PATH_MAX], *text;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/" FILE_NAME, dir);
	if ((f = fopen(path, "re")) == NULL)
		return NULL;
	text = arena_alloc(a, FILE_MAX + 1);
	*n = fread(text, 1, FILE_MAX, f);
	(void)fclose(f);
	return text;
}

/* Is the last line the sum of those before it?  It is cut off. */
static bool
is_whole(char *text, size_t n)
{
	uint32_t sum;
	char *last;

	if (n < 2 || text[n - 1] != '\n')
		return false;
	text[n - 1] = 0;
	if ((last = strrchr(text, '\n')) == NULL ||
	    sscanf(last + 1, "sum %" SCNx32, &sum) != 1)
		return false;
	last[1] = 0;
	return sum == sum_of(text, (size_t)(last + 1 - text));
}

static bool
line_read(struct gap *to, const char *line)
{
	int reason;

	if (sscanf(line,
		"%" SCNd64 " %d %d %" SCNd64 " %" SCNd64 " %" SCNd64 " %d",
		&to->id, &to->tenant, &to->sensor, &to->from, &to->to, &to->n,
		&reason) != 7)
		return false;
	to->reason = (enum gap_reason)reason;
	return true;
}

void
gaps_load(struct gaps *g, struct arena *a, const char *dir)
{
	struct arena *scratch = arena_new();
	char *text, *line;
	size_t n = 0, count;
	struct gap one = { 0 };

	*g = (struct gaps){ .arena = a };
	text = text_read(&n, scratch, dir);
	if (text != NULL &&
	    (!is_whole(text, n) ||
		sscanf(text, "gaps 1 %" SCNx64 " %" SCNx64 " %zu", &g->dropping,
		    &g->thinning, &count) != 3)) {
		log_error("spool gaps damaged: what was given up is not told");
		g->dropping = g->thinning = 0;
		text = NULL;
	}
	line = text != NULL ? strchr(text, '\n') : NULL;
	for (; line != NULL && line[1] != 0; line = strchr(line + 1, '\n'))
		if (line_read(&one, line + 1))
			*gaps_room(g) = one;
	arena_free(scratch);
}
