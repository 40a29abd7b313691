/*
 * line_report.c - how a line and its devices fare, and what they taught.
 */
#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "line_state.h"
#include "trial.h"

enum { CALM_PERCENT = 90, PERCENT = 100 };

/* What is asked of it: 1 is all it can. */
static double
line_load(const struct line *l)
{
	double load = 0;
	size_t i;

	for (i = 0; i < l->n; i++)
		load += device_load(&l->devices[i]);
	return load;
}

void
line_watch(struct line *l)
{
	double load = line_load(l);
	int64_t least = INT64_MAX;
	size_t i, k;

	if (l->overloaded && load * PERCENT < CALM_PERCENT)
		log_info("line calm at=%s:%d load=%.0f%%", l->at.host,
		    l->at.port, load * PERCENT);
	if (load * PERCENT < CALM_PERCENT)
		l->overloaded = false;
	if (load <= 1 || l->overloaded)
		return;
	l->overloaded = true;
	for (i = 0; i < l->n; i++)
		for (k = 0; k < l->devices[i].n; k++)
			if (l->devices[i].groups[k].period < least)
				least = l->devices[i].groups[k].period;
	log_warn("line overloaded at=%s:%d load=%.0f%% shortest_ms=%.0f"
		 " holds_ms=%.0f",
	    l->at.host, l->at.port, load * PERCENT, (double)least / 1e3,
	    (double)least * load / 1e3);
}

void
line_report(struct line *l, struct arena *a, struct buf *reports)
{
	int64_t now = env_mono(), span = now - l->since;
	double load = line_load(l);
	size_t i;

	for (i = 0; i < l->n; i++) {
		struct device *d = &l->devices[i];
		const struct unit_report r = { .tenant = d->tenant,
			.device = d->id,
			.tally = d->tally,
			.mean_us = d->mean_us,
			.p99_us = latency_p99(&d->latency),
			.offline = d->offline,
			.busy =
			    span > 0 ? (double)l->busy_us / (double)span : 0,
			.load = load,
			.holes = taught_holes(a, &d->taught),
			.most_words = d->taught.most_words,
			.remark = arena_text(a, l->remarks[i]) };

		buf_put(reports, &r, sizeof(r));
		d->tally = (struct tally){ .missed = 0 };
	}
	l->busy_us = 0;
	l->since = now;
}

void
line_units(const struct line *l, struct arena *a, struct buf *units)
{
	size_t i, k;

	for (i = 0; i < l->n; i++) {
		const struct device *d = &l->devices[i];
		struct trial_unit u = { d->tenant, d->id, arena_text(a, d->key),
			INT64_MAX, d->answered };

		for (k = 0; k < d->n; k++)
			if (d->groups[k].period < u.period)
				u.period = d->groups[k].period;
		buf_put(units, &u, sizeof(u));
	}
}

void
line_remember(const struct line *l, struct memory *m)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		memory_keep(m, &l->devices[i]);
}
