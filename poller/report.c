#include "report.h"

#include "base/stat.h"
#include "untold.h"

enum { ILLEGAL_ADDRESS = 2 };

struct report {
	struct reporting of;
	struct untold *untold;
	struct stats *stats;
	uint64_t counted[STAT_POLLS]; /* in them already */
};

struct report *
report_new(struct arena *a, const struct reporting *of, const char *stat)
{
	struct report *r = arena_alloc(a, sizeof(*r));

	r->of = *of;
	r->untold = untold_new(a);
	r->stats = stat_open(stat);
	return r;
}

/* What has been counted since the last time goes to all programs' counters. */
static void
stats_tell(struct report *r)
{
	const struct counters *c = r->of.counters;
	uint64_t now[STAT_POLLS], rejected = 0;
	int i;

	for (i = 1; i < EXCEPTIONS; i++)
		rejected += i != ILLEGAL_ADDRESS ? c->exceptions[i] : 0;
	now[STAT_POLL_ANSWER] = c->outcomes[BUS_ANSWER];
	now[STAT_POLL_ILLEGAL] = c->exceptions[ILLEGAL_ADDRESS];
	now[STAT_POLL_EXCEPTION] = rejected;
	now[STAT_POLL_CORRUPT] = c->corrupt;
	now[STAT_POLL_GARBAGE] = c->outcomes[BUS_GARBAGE] - c->corrupt;
	now[STAT_POLL_SILENT] = c->outcomes[BUS_SILENT];
	now[STAT_POLL_DOWN] = c->outcomes[BUS_DOWN];
	now[STAT_POLL_BUSY_US] = c->busy_us;
	for (i = 0; i < STAT_POLLS; i++) {
		stat_poll(r->stats, (enum stat_poll)i, now[i] - r->counted[i]);
		r->counted[i] = now[i];
	}
}

/* What all lines say of their units, in the arena. */
struct reports {
	struct arena *arena;
	struct buf all;
};

static void
line_add(struct line *l, void *what)
{
	struct reports *r = what;

	line_report(l, r->arena, &r->all);
}

struct err *
report_tell(void *what, struct sink *sink, struct arena *a)
{
	struct reports said = { a, buf_new(a, 1024) };
	struct report *r = what;
	struct unit_report *v;
	struct err *e;
	size_t n;

	loop_each(r->of.loop, line_add, &said);
	stats_tell(r);
	if (sink->health == NULL)
		return NULL;
	v = (struct unit_report *)(void *)said.all.p;
	n = said.all.n / sizeof(*v);
	untold_add(r->untold, v, n);
	e = sink->health(sink, a, v, n, spool_counts(r->of.spool).waiting);
	untold_keep(r->untold, v, e != NULL ? n : 0);
	return e != NULL ? err_pass(e) : NULL;
}
