#include "simulator/play.h"

#include "base/env.h"
#include "base/log.h"

/* The start is the time of day, unless the scenario has its own. */
void
play_begin(struct play *p)
{
	p->opened = env_mono();
	if (p->start == 0 && p->speed != 1)
		p->start = env_now();
}

/* The monotonic clock, as often as the speed says. */
int64_t
play_elapsed(const struct play *p)
{
	return (int64_t)((double)(env_mono() - p->opened) * p->speed);
}

/* Either the clock of the machine or the scenario's own. */
int64_t
play_now(const struct play *p)
{
	return p->start == 0 ? env_now() : p->start + play_elapsed(p);
}

int64_t
play_elapsed_at(const struct play *p, int64_t now)
{
	return p->start == 0 ? play_elapsed(p) : now - p->start;
}

/* A line when a turn begins, and one when it ends. */
void
play_report(struct play *p)
{
	int64_t elapsed = play_elapsed(p);
	size_t i;

	for (i = 0; i < p->n; i++) {
		struct step *s = &p->steps[i];
		bool on = step_began(s, elapsed) >= 0;

		if (on == s->reported)
			continue;
		s->reported = on;
		log_info("step=%zu do=%s unit=%d %s at_s=%.1f simulated=1", i,
		    deed_name(s->deed), s->unit, on ? "begins" : "ends",
		    (double)elapsed / 1e6);
	}
}
