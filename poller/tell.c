#include "tell.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "window.h"

#define SAY_NOTHING_EVERY CLOCK_MIN

enum { NEVER = -1 };

/*
 * Readings that one sample may lead to: a window that is over, its facets, the
 * sample before, itself, and its decimals.
 */
enum { MOST = 4 + FACETS };

/* Rounding leaves this much of a point's range at least. */
#define PARTS 1000.0

/* Each is treated in its own way. */
enum manner { GAUGE, COUNTER, STATE };

/* What is remembered of one point. */
struct track {
	struct sensor sensor; /* id 0: nobody wants it */
	enum manner manner;
	double deadband;
	int64_t max;	/* from one reading to the next; 0: every sample */
	int64_t length; /* of its windows; 0: none */
	int64_t period; /* from one sample to the next */
	int least;	/* decimals that are always told */
	bool by_exception;
	struct window window;
	int decimals; /* told last; NEVER: of none */

	bool begun;	 /* something has been told */
	double told;	 /* the value told last; NaN: it had none */
	int64_t told_at; /* by env_mono */
	double value;	 /* of the last sample */
	uint8_t quality; /* told last */
	int64_t seen;	 /* the last sample, by env_mono */
	bool withheld;	 /* whether that was not told, but is here: */
	struct reading before;
};

/* The same of a point of which every sample is told, as of most. */
struct plain {
	int32_t sensor;
	bool begun;
	uint8_t quality;
	uint16_t seen_s; /* the last sample; seconds of env_mono, their end */
	double told;
	int64_t told_at;
};

struct teller {
	const struct grade *grade;
	struct teller_point {
		struct track *track; /* NULL: it is plain */
		struct plain plain;
	} * v;
	size_t n, most; /* readings of one poll */
};

/* The instant of a poll, and how finely it is told. */
struct when {
	const struct grade *grade;
	int64_t now, mono;
};

/* Its key stays behind: the target's texts do not outlive it. */
static struct sensor
sensor_of(const struct target *t, const struct point *p)
{
	struct sensor s = { .id = 0 };
	size_t k;

	for (k = 0; k < t->n; k++)
		if (strcmp(p->key, t->sensors[k].key) == 0)
			s = t->sensors[k];
	s.key = NULL;
	return s;
}

static enum manner
manner_of(const struct point *p)
{
	if (strcmp(p->kind, "counter") == 0)
		return COUNTER;
	if (strcmp(p->kind, "state") == 0 || p->type == POINT_BIT)
		return STATE;
	return GAUGE;
}

static int64_t
within(int64_t us, double period_s)
{
	int64_t period = (int64_t)(period_s * CLOCK_S);

	return period > 0 && period < us ? period : us;
}

/* The longest window of those there are that is not above so many seconds. */
static int64_t
window_within(double window_s, double period_s)
{
	static const int lengths[] = { 60, 10, 1 };
	size_t i = 0;

	if (period_s > 0 && period_s < window_s)
		window_s = period_s;
	while (i < 2 && lengths[i] > window_s)
		i++;
	return lengths[i] * CLOCK_S;
}

int64_t
poll_period(const struct point *pt, const struct profile *p,
    const struct target *t)
{
	/* The device's setting stands for the profile's own default. */
	if (t->poll_ms > 0 && pt->poll_s == p->poll_s)
		return t->poll_ms * CLOCK_MS;
	return llround(pt->poll_s * (double)CLOCK_S);
}

/* The decimals that are a thousandth of its range, or that people see. */
static int
decimals_least(const struct point *p)
{
	double n = p->precision;

	if (p->high > p->low)
		n = ceil(log10(PARTS / (p->high - p->low)));
	return n < 0 ? 0 : n < DECIMALS_ALL ? (int)n : DECIMALS_ALL;
}

static struct track
track_of(const struct profile *p, const struct point *pt,
    const struct target *t)
{
	struct track k = { .sensor = sensor_of(t, pt),
		.manner = manner_of(pt),
		.period = poll_period(pt, p, t),
		.least = decimals_least(pt),
		.decimals = NEVER,
		.by_exception = pt->max_s > 0,
		.deadband = pt->deadband,
		.max = within((int64_t)(pt->max_s * CLOCK_S), t->period_s) };

	if (pt->window_s == 0)
		return k;
	if (point_is_windowed(pt)) {
		k.length = window_within(pt->window_s, t->period_s);
		return k;
	}
	k.deadband = INFINITY;
	k.max = within((int64_t)(pt->window_s * CLOCK_S), t->period_s);
	return k;
}

/*
 * A gauge without a report, windows, or series beside it; it is told alike
 * whatever the way carries.
 */
static bool
is_plain(const struct track *k)
{
	size_t f;

	for (f = 0; f < FACETS; f++)
		if (k->sensor.facet[f] != 0)
			return false;
	return k->manner == GAUGE && k->max == 0 && k->length == 0;
}

struct teller *
teller_new(struct arena *a, const struct profile *p, const struct target *t)
{
	struct teller *to = arena_alloc(a, sizeof(*to));
	size_t i;

	to->grade = &grades[GRADE_FULL];
	to->n = p->n;
	to->v = arena_array(a, p->n, sizeof(*to->v));
	for (i = 0; i < p->n; i++) {
		const struct track k = track_of(p, &p->points[i], t);

		if (is_plain(&k)) {
			to->v[i].plain.sensor = k.sensor.id;
			to->most++;
			continue;
		}
		to->v[i].track = arena_alloc(a, sizeof(k));
		*to->v[i].track = k;
		to->most += MOST;
	}
	return to;
}

void
teller_grade(struct teller *t, const struct grade *g)
{
	t->grade = g;
}

/*
 * How long its windows are now; 0: it is told singly.  Without series for
 * least, greatest and count nothing is averaged that was told singly.
 */
static int64_t
window_now(const struct track *t, const struct grade *g)
{
	if (t->length > 0)
		return t->length > g->window ? t->length : g->window;
	if (t->manner != GAUGE || t->by_exception || t->period >= g->step ||
	    t->sensor.facet[FACET_COUNT] == 0)
		return 0;
	return g->step;
}

/* The decimals that its values have now. */
static int
decimals_now(const struct track *t, const struct grade *g)
{
	if (t->manner != GAUGE || t->by_exception ||
	    t->sensor.facet[FACET_DECIMALS] == 0)
		return DECIMALS_ALL;
	return g->decimals > t->least ? g->decimals : t->least;
}

static double
rounded(double v, int decimals)
{
	double scale, r;

	if (decimals >= DECIMALS_ALL)
		return v;
	scale = pow(10, decimals);
	r = round(v * scale) / scale;
	/* What has no decimals that could be cut stays. */
	return isfinite(r) ? r : v;
}

/* What must not be passed over, however little it is. */
static bool
has_turned(const struct track *t, const struct sample *s)
{
	if (!t->begun || s->quality != t->quality ||
	    isnan(s->value) != isnan(t->told))
		return true;
	if (t->manner == COUNTER)
		return s->value < t->value;
	/* No value is as good as the one before; it equals nothing. */
	return t->manner == STATE && !isnan(s->value) && s->value != t->told;
}

/* To how many decimals it is told, when that is news. */
static void
put_decimals(struct readings *to, struct track *t, const struct reading *r,
    int decimals)
{
	struct reading d = *r;

	d.sensor = t->sensor.facet[FACET_DECIMALS];
	d.value = decimals;
	if (d.sensor == 0 || t->manner != GAUGE || isnan(r->value) ||
	    t->decimals == decimals)
		return;
	to->v[to->n++] = d;
	t->decimals = decimals;
}

static void
put(struct readings *to, struct track *t, const struct reading *r, int64_t mono)
{
	to->v[to->n++] = *r;
	t->begun = true;
	t->told = r->value;
	t->quality = r->quality;
	t->told_at = mono;
	t->withheld = false;
}

/*
 * Half of what lies between two samples is added to the time that is over:
 * one that comes a little early counts, and the next would be too late.
 */
static void
tell_single(struct readings *to, struct track *t, const struct sample *s,
    const struct when *w)
{
	int64_t now = w->now, mono = w->mono;
	int64_t over = mono - t->told_at + (mono - t->seen) / 2;
	bool rare = t->manner != GAUGE && !t->by_exception &&
		    t->period < w->grade->step;
	int64_t max = rare && t->max < w->grade->step ? w->grade->step : t->max;
	bool turned = has_turned(t, s);
	bool left = !rare && fabs(s->value - t->told) > t->deadband;
	int decimals = decimals_now(t, w->grade);
	const struct reading r = { .time = now,
		.value = rounded(s->value, decimals),
		.sensor = t->sensor.id,
		.quality = s->quality };

	t->value = s->value;
	t->seen = mono;
	if ((turned || left) && t->withheld)
		to->v[to->n++] = t->before;
	if (turned || left ||
	    over >= (isnan(s->value) ? SAY_NOTHING_EVERY : max)) {
		put(to, t, &r, mono);
		put_decimals(to, t, &r, decimals);
		return;
	}
	t->withheld = !isnan(s->value);
	t->before = r;
}

/* Every value, and once a minute that there is none, as tell_single does. */
static void
tell_plain(struct readings *to, struct plain *p, const struct sample *s,
    int64_t now, int64_t mono)
{
	uint16_t now_s = (uint16_t)(mono / CLOCK_S);
	int64_t gap = (uint16_t)(now_s - p->seen_s) * CLOCK_S;
	int64_t over = mono - p->told_at + gap / 2;

	p->seen_s = now_s;
	if (p->sensor == 0 ||
	    (p->begun && s->quality == p->quality && isnan(s->value) &&
		isnan(p->told) && over < SAY_NOTHING_EVERY))
		return;
	to->v[to->n++] = (struct reading){ .time = now,
		.value = s->value,
		.sensor = p->sensor,
		.quality = s->quality };
	p->begun = true;
	p->quality = s->quality;
	p->told = s->value;
	p->told_at = mono;
}

/* A window, unless it only says again that there is nothing. */
static void
tell_window(struct readings *to, struct track *t, const struct aggregate *w,
    const struct when *when)
{
	int64_t mono = when->mono;
	int decimals = decimals_now(t, when->grade);
	struct reading r = { .time = w->time,
		.value = rounded(w->mean, decimals),
		.sensor = t->sensor.id,
		.quality = w->quality };
	size_t f;

	if (isnan(r.value) && t->begun && isnan(t->told) &&
	    mono - t->told_at < SAY_NOTHING_EVERY)
		return;
	put(to, t, &r, mono);
	put_decimals(to, t, &r, decimals);
	for (f = 0; f < WINDOW_FACETS; f++) {
		r.value = f == FACET_COUNT ? w->facet[f]
					   : rounded(w->facet[f], decimals);
		r.sensor = t->sensor.facet[f];
		if (r.sensor != 0 && !isnan(r.value))
			to->v[to->n++] = r;
	}
}

/* A sample of one who is told singly; what was open before is over. */
static void
take_single(struct readings *to, struct track *t, const struct sample *s,
    const struct when *w)
{
	struct aggregate over;

	if (window_close(&over, &t->window))
		tell_window(to, t, &over, w);
	/* The next one does not reach back to what is told in between. */
	t->window = (struct window){ .end = 0 };
	tell_single(to, t, s, w);
}

void
teller_tell(struct readings *to, struct arena *a, struct teller *t,
    const struct sample *s, const bool *asked, int64_t now, int64_t mono)
{
	const struct when w = { t->grade, now, mono };
	struct aggregate over;
	int64_t length;
	size_t i;

	(void)readings_room(to, a, t->most);
	for (i = 0; i < t->n; i++) {
		struct track *k = t->v[i].track;

		if (!asked[i])
			continue;
		if (k == NULL)
			tell_plain(to, &t->v[i].plain, &s[i], now, mono);
		else if (k->sensor.id == 0)
			continue;
		else if ((length = window_now(k, t->grade)) == 0)
			take_single(to, k, &s[i], &w);
		else if (window_add(&over, &k->window, length, &s[i], now,
			     mono))
			tell_window(to, k, &over, &w);
	}
}

void
teller_close(struct readings *to, struct arena *a, struct teller *t,
    int64_t mono)
{
	const struct when w = { t->grade, 0, mono };
	struct aggregate over;
	size_t i;

	(void)readings_room(to, a, t->most);
	for (i = 0; i < t->n; i++) {
		struct track *k = t->v[i].track;

		if (k == NULL)
			continue;
		if (window_ends(&k->window, mono) &&
		    window_close(&over, &k->window))
			tell_window(to, k, &over, &w);
	}
}
