#include "grade.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"

#define KBIT INT64_C(1000)

/* clang-format off */
const struct grade grades[GRADES] = {
	[GRADE_FULL]     = { "full",     1000 * KBIT, 10 * CLOCK_MS,
			     CLOCK_S,      DECIMALS_ALL },
	[GRADE_STANDARD] = { "standard",  100 * KBIT, 100 * CLOCK_MS,
			     10 * CLOCK_S, 2 },
	[GRADE_BASIC]    = { "basic",      10 * KBIT, CLOCK_S,
			     CLOCK_MIN,    1 },
	[GRADE_MINIMAL]  = { "minimal",            0, CLOCK_MIN,
			     CLOCK_MIN,    1 },
};
/* clang-format on */

enum {
	RATES_LEAST = 3, /* before they are believed */
	TELLING = 4096,	 /* bytes from which a rate can be read at all, */
	SOME = 256,	 /* or so many when they took LONG */
	SMALL = 1024,
	PART = 4, /* of its time a shipment is under way at least */
	FORGET = 16,
	MARGIN = 10 /* a tenth beyond the bound */
};

/* Less than the second that the courier makes a shipment take. */
#define LONG (CLOCK_S * 3 / 4)

#define PATIENCE_FIRST CLOCK_MIN
#define PATIENCE_MOST CLOCK_HOUR

enum grade_level
grade_for(int64_t bits)
{
	int i = GRADE_FULL;

	while (i < GRADE_MINIMAL && bits <= grades[i].above)
		i++;
	return (enum grade_level)i;
}

struct err *
uplink_open(struct uplink *u, const char *quality, bool is_link)
{
	int i = 0;

	while (i < GRADES && strcmp(quality, grades[i].name) != 0)
		i++;
	if (i == GRADE_AUTO && strcmp(quality, "auto") != 0)
		return err_raise(ERR_BUG, "How finely to tell?",
		    "quality = %s: want auto, full, standard, basic or minimal",
		    quality);
	if (!is_link && i != GRADE_FULL && i != GRADE_AUTO)
		return err_raise(ERR_BUG, "How finely to tell?",
		    "quality = %s: a database is told all", quality);
	*u = (struct uplink){ .fixed = (enum grade_level)i,
		.changed = env_mono(),
		.patience = PATIENCE_FIRST };
	if (i != GRADE_AUTO)
		atomic_store(&u->level, i);
	return NULL;
}

static void
level_set(struct uplink *u, int level)
{
	int was = atomic_exchange(&u->level, level);

	u->changed = env_mono();
	atomic_store(&u->since, env_now());
	log_info("quality %s, was %s, kbit=%lld", grades[level].name,
	    grades[was].name, (long long)(atomic_load(&u->bits) / KBIT));
}

static int
by_size(const void *p, const void *q)
{
	const int64_t *a = p, *b = q;

	return (*a > *b) - (*a < *b);
}

/* Half of the latest ones are above it; 0: there are too few. */
static int64_t
median(const struct uplink *u)
{
	int64_t v[RATES];
	size_t n = u->n < RATES ? u->n : RATES;

	if (n < RATES_LEAST)
		return 0;
	memcpy(v, u->rate, n * sizeof(*v));
	qsort(v, n, sizeof(*v), by_size);
	return v[n / 2];
}

/* The level for what was measured, when that is beyond the bound for sure. */
static int
judged(int level, int64_t bits)
{
	int finer = grade_for(bits - bits / MARGIN);
	int coarser = grade_for(bits + bits / MARGIN);

	if (coarser > level)
		return coarser;
	return finer < level ? finer : level;
}

/* The quickest of the small ones lately. */
static void
base_take(struct uplink *u, size_t bytes, int64_t took)
{
	if (bytes >= SMALL)
		return;
	u->base += u->base / FORGET;
	if (u->base == 0 || took < u->base)
		u->base = took;
}

void
uplink_sent(struct uplink *u, size_t bytes, int64_t took)
{
	int level = atomic_load(&u->level), to;
	int64_t bits;

	base_take(u, bytes, took);
	if (bytes < SOME || (bytes < TELLING && took < LONG))
		return;
	took -= u->base < took - took / PART ? u->base : took - took / PART;
	u->rate[u->n++ % RATES] = (int64_t)bytes * 8 * CLOCK_S / (took + 1);
	if ((bits = median(u)) == 0)
		return;
	atomic_store(&u->bits, bits);
	if (u->fixed != GRADE_AUTO || (to = judged(level, bits)) == level)
		return;
	/* What was tried was too much: next time not as soon. */
	if (to > level && u->tried)
		u->patience *= u->patience < PATIENCE_MOST ? 2 : 1;
	if (to < level)
		u->patience = PATIENCE_FIRST;
	u->tried = false;
	level_set(u, to);
}

void
uplink_idle(struct uplink *u)
{
	int level = atomic_load(&u->level);

	if (u->fixed != GRADE_AUTO || level == GRADE_FULL ||
	    env_mono() - u->changed < u->patience)
		return;
	/* Whatever was measured under the other level is forgotten. */
	u->n = 0;
	u->tried = true;
	level_set(u, level - 1);
}

const struct grade *
uplink_grade(const struct uplink *u)
{
	return &grades[u != NULL ? atomic_load(&u->level) : GRADE_FULL];
}
