#include "cgi-bin/web/chart.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/zone.h"
#include "model/unit.h"

enum { PAD = 12, Y_TICKS = 4, X_TICKS = 8, BAD_MAX = 60, GIVEN_UP_MAX = 20 };

/* Whole hours and days that buckets of a long span have. */
static const struct {
	int hours, days;
} wholes[] = {
	/* clang-format off */
	{ 2, 0 }, { 3, 0 }, { 4, 0 }, { 6, 0 }, { 8, 0 }, { 12, 0 },
	{ 0, 1 }, { 0, 2 }, { 0, 4 }, { 0, 7 }, { 0, 8 }, { 0, 14 },
	{ 0, 30 }, { 0, 60 },
	/* clang-format on */
};

enum { WHOLES = sizeof(wholes) / sizeof(*wholes) };

static int64_t
whole_width(size_t k)
{
	return wholes[k].hours * CLOCK_HOUR + wholes[k].days * CLOCK_DAY;
}

/* The i-th edge from the midnight before; days are counted from 1970. */
static int64_t
whole_edge(struct tm midnight, size_t k, int i)
{
	int days = wholes[k].days, late;

	if (days == 0) {
		midnight.tm_hour += i * wholes[k].hours;
		return zone_instant(midnight);
	}
	late = (int)(timegm(&(struct tm){ .tm_year = midnight.tm_year,
			 .tm_mon = midnight.tm_mon,
			 .tm_mday = midnight.tm_mday }) /
		     86400 % days);
	midnight.tm_mday += i * days - late;
	return zone_instant(midnight);
}

size_t
chart_edges(int64_t *edge, size_t n, int64_t from, int64_t to)
{
	struct tm midnight = zone_local(from);
	size_t k = 0, count = 1;
	int64_t t;
	int i;

	/* One bucket more is cut at either end, one by a change of clocks. */
	while (k < WHOLES && (to - from) / whole_width(k) + 3 > (int64_t)n)
		k++;
	if (k == WHOLES || (to - from) / (int64_t)n < CLOCK_HOUR) {
		edges_even(edge, n, from, to);
		return n;
	}
	midnight.tm_hour = midnight.tm_min = midnight.tm_sec = 0;
	edge[0] = from;
	for (i = 0; (t = whole_edge(midnight, k, i)) < to && count < n; i++)
		if (t > edge[count - 1])
			edge[count++] = t;
	edge[count] = to;
	return count;
}

int64_t
chart_silence(const struct series *s, int64_t silence)
{
	int64_t apart = s->grain == GRAIN_READING ? 0 : CLOCK_HOUR * 3 / 2;

	return silence > apart ? silence : apart;
}

/* What the picture is about, gathered once. */
struct scale {
	double low, high; /* of the axis, a little more than of the data */
	double min, max, sum;
	size_t count, bad;
};

static struct scale
scale_of(const struct chart *c)
{
	struct scale s = { .min = INFINITY, .max = -INFINITY };
	double room;
	size_t i;

	for (i = 0; i < c->n; i++) {
		const struct bucket *b = &c->bucket[i];

		s.bad += b->bad;
		if (b->count == 0)
			continue;
		s.min = fmin(s.min, b->min);
		s.max = fmax(s.max, b->max);
		s.sum += b->sum;
		s.count += b->count;
		s.bad += b->quality < QUALITY_GOOD;
	}
	room = (s.max - s.min) * 0.08;
	if (!(room > 0))
		room = fmax(fabs(s.max) * 0.05, 0.5);
	s.low = s.min - room;
	s.high = s.max + room;
	return s;
}

static double
x_of(const struct chart *c, int64_t t)
{
	return (double)(t - c->from) / (double)(c->to - c->from) * CHART_WIDTH;
}

static double
y_of(const struct scale *s, double v)
{
	return PAD + (1 - (v - s->low) / (s->high - s->low)) *
			 (CHART_HEIGHT - 2 * PAD);
}

static int64_t
middle(const struct chart *c, size_t i)
{
	int64_t end = i + 1 < c->n ? c->bucket[i + 1].start : c->to;

	return c->bucket[i].start + (end - c->bucket[i].start) / 2;
}

/* The next bucket with values from i on; c->n when there is none. */
static size_t
next(const struct chart *c, size_t i)
{
	while (i < c->n && c->bucket[i].count == 0)
		i++;
	return i;
}

/* Are there damaged readings between two buckets with values? */
static bool
is_damaged(const struct chart *c, size_t i, size_t k)
{
	size_t l = 0;

	while (l < c->lost.n && (c->lost.v[l].from >= c->bucket[k].first_at ||
				    c->lost.v[l].to <= c->bucket[i].last_at))
		l++;
	return l < c->lost.n;
}

/* Is the way from bucket i to the next with values, k, a gap? */
static bool
is_gap(const struct chart *c, size_t i, size_t k)
{
	return (k > i + 1 &&
		   c->bucket[k].start - c->bucket[i].start > c->silence) ||
	       is_damaged(c, i, k);
}

/* The last bucket of the unbroken run that begins at i. */
static size_t
run_end(const struct chart *c, size_t i)
{
	for (;;) {
		size_t k = next(c, i + 1);

		if (k == c->n || is_gap(c, i, k))
			return i;
		i = k;
	}
}

static void
put_line(struct buf *b, const struct chart *c, const struct scale *s, size_t i,
    size_t end)
{
	char command = 'M';

	for (; i <= end; i = next(c, i + 1)) {
		const struct bucket *k = &c->bucket[i];

		buf_printf(b, "%c%.1f %.1f", command, x_of(c, middle(c, i)),
		    y_of(s, k->sum / (double)k->count));
		command = 'L';
	}
	/* A point alone is drawn as a very short line. */
	buf_text(b, "h1");
}

static void
put_band(struct buf *b, const struct chart *c, const struct scale *s,
    size_t first, size_t end)
{
	char command = 'M';
	size_t i;

	for (i = first; i <= end; i = next(c, i + 1)) {
		buf_printf(b, "%c%.1f %.1f", command, x_of(c, middle(c, i)),
		    y_of(s, c->bucket[i].max));
		command = 'L';
	}
	for (i = end + 1; i-- > first;)
		if (c->bucket[i].count > 0)
			buf_printf(b, "L%.1f %.1f", x_of(c, middle(c, i)),
			    y_of(s, c->bucket[i].min));
	buf_byte(b, 'Z');
}

static void
state_paths(struct view *v, struct arena *a, const struct chart *c,
    const struct scale *s)
{
	struct buf line = buf_new(a, 8192), band = buf_new(a, 16384);
	size_t i = next(c, 0);

	while (i < c->n) {
		size_t end = run_end(c, i);

		put_line(&line, c, s, i, end);
		put_band(&band, c, s, i, end);
		i = next(c, end + 1);
	}
	view_text(v, "Line", (const char *)line.p);
	view_text(v, "Band", (const char *)band.p);
}

static void
state_gap(struct view *v, struct arena *a, double from, double to)
{
	struct view *gap = view_row(v, "Gaps");

	view_text(gap, "X", arena_printf(a, "%.1f", from));
	view_text(gap, "W", arena_printf(a, "%.1f", to - from));
}

static void
state_gaps(struct view *v, struct arena *a, const struct chart *c)
{
	size_t i = next(c, 0);

	if (i < c->n && c->bucket[i].start - c->from > c->silence)
		state_gap(v, a, 0, x_of(c, c->bucket[i].start));
	while (i < c->n) {
		size_t end = run_end(c, i), k = next(c, end + 1);
		int64_t since = middle(c, end);

		if (k < c->n)
			state_gap(v, a, x_of(c, since), x_of(c, middle(c, k)));
		else if (c->to - since > c->silence)
			state_gap(v, a, x_of(c, since), CHART_WIDTH);
		i = k;
	}
}

static void
state_bad(struct view *v, struct arena *a, const struct chart *c,
    const struct scale *s)
{
	size_t i, shown = 0;

	for (i = 0; i < c->n && shown < BAD_MAX; i++) {
		const struct bucket *b = &c->bucket[i];
		struct view *bad;

		if (b->count + b->bad == 0 || b->quality >= QUALITY_GOOD)
			continue;
		bad = view_row(v, "Bad");
		view_text(bad, "X",
		    arena_printf(a, "%.1f",
			x_of(c, middle(c, i)) * 100 / CHART_WIDTH));
		view_text(bad, "Y",
		    arena_printf(a, "%.1f",
			b->count > 0 ? y_of(s, b->sum / (double)b->count)
				     : CHART_HEIGHT - PAD));
		shown++;
	}
}

/* 1, 2 or 5 times a power of ten, so that about Y_TICKS fit. */
static double
nice_step(double span)
{
	static const double steps[] = { 1, 2, 5, 10 };
	double unit = pow(10, floor(log10(span / Y_TICKS)));
	size_t i = 0;

	while (i < 3 && steps[i] * unit < span / Y_TICKS)
		i++;
	return steps[i] * unit;
}

static void
state_y_ticks(struct view *v, struct arena *a, const struct scale *s)
{
	double step = nice_step(s->high - s->low), t;
	int places = step < 1 ? (int)ceil(-log10(step) - 1e-9) : 0;

	for (t = floor(s->high / step) * step; t >= s->low; t -= step) {
		struct view *tick = view_row(v, "YTicks");

		view_text(tick, "Y", arena_printf(a, "%.1f", y_of(s, t)));
		view_text(tick, "Text",
		    arena_printf(a, "%.*f", places,
			fabs(t) < step / 1e6 ? 0 : t));
	}
}

/* Steps that people count in; the first that gives few enough ticks. */
static const struct {
	int64_t step;
	int days; /* of a step of whole days */
	int months;
	const char *format;
} x_steps[] = {
	/* clang-format off */
	{ 10 * CLOCK_MIN,    0, 0,  "%H:%M" },
	{ 30 * CLOCK_MIN,    0, 0,  "%H:%M" },
	{ CLOCK_HOUR,        0, 0,  "%H:%M" },
	{ 3 * CLOCK_HOUR,    0, 0,  "%H:%M" },
	{ 6 * CLOCK_HOUR,    0, 0,  "%H:%M" },
	{ 12 * CLOCK_HOUR,   0, 0,  "%-d %b %H:%M" },
	{ CLOCK_DAY,         1, 0,  "%-d %b" },
	{ 2 * CLOCK_DAY,     2, 0,  "%-d %b" },
	{ 5 * CLOCK_DAY,     5, 0,  "%-d %b" },
	{ 15 * CLOCK_DAY,   15, 0,  "%-d %b" },
	{ 61 * CLOCK_DAY,    0, 2,  "%b %Y" },
	{ 365 * CLOCK_DAY,   0, 12, "%Y" },
	{ 1826 * CLOCK_DAY,  0, 60, "%Y" },
	/* clang-format on */
};

/*
 * The n-th tick, counted from the midnight before the span, or from where the
 * month or the year before it began.
 */
static int64_t
x_tick(const struct chart *c, size_t step, int n)
{
	struct tm midnight = zone_local(c->from);

	midnight.tm_hour = midnight.tm_min = midnight.tm_sec = 0;
	if (x_steps[step].days == 0 && x_steps[step].months == 0)
		return zone_instant(midnight) + n * x_steps[step].step;
	if (x_steps[step].months > 0)
		midnight.tm_mday = 1;
	if (x_steps[step].months >= 12)
		midnight.tm_mon = 0;
	/* Days of 23 and 25 hours end at midnight all the same. */
	midnight.tm_mday += n * x_steps[step].days;
	midnight.tm_mon += n * x_steps[step].months;
	return zone_instant(midnight);
}

static void
state_x_ticks(struct view *v, struct arena *a, const struct chart *c)
{
	size_t step = 0, last = sizeof(x_steps) / sizeof(*x_steps) - 1;
	int64_t t;
	int n;

	while (step < last && (c->to - c->from) / x_steps[step].step > X_TICKS)
		step++;
	for (n = 0; (t = x_tick(c, step, n)) <= c->to; n++) {
		double x = x_of(c, t) * 100 / CHART_WIDTH;
		struct view *tick;

		if (t < c->from)
			continue;
		tick = view_row(v, "XTicks");
		view_text(tick, "X", arena_printf(a, "%.1f", x));
		view_text(tick, "Text", zone_text(a, x_steps[step].format, t));
		view_text(tick, "Anchor",
		    x < 5    ? "start"
		    : x > 95 ? "end"
			     : "middle");
	}
}

/* What was lowest, highest and usual; of a state that means nothing. */
static void
state_summary(struct view *v, struct arena *a, const struct sensor *sensor,
    const struct scale *s)
{
	const char *min = number_shown(a, s->min, sensor->precision);
	const char *max = number_shown(a, s->max, sensor->precision);
	const char *mean =
	    number_shown(a, s->sum / (double)s->count, sensor->precision);

	if (strcmp(sensor->kind, "state") == 0) {
		view_text(v, "Alt",
		    arena_printf(a, "%s, in %zu readings", sensor->name,
			s->count));
		return;
	}
	view_text(v, "Min", min);
	view_text(v, "Mean", mean);
	view_text(v, "Max", max);
	view_text(v, "Alt",
	    arena_printf(a,
		"%s from %s to %s %s, %s on average, in %zu readings",
		sensor->name, min, max, unit_shown(sensor->unit), mean,
		s->count));
}

/* What never came, with the reason; no narrower than can be pointed at. */
static void
state_given_up(struct view *v, struct arena *a, const struct chart *c)
{
	size_t i, shown = 0;

	for (i = 0; i < c->given_up.n && shown < GIVEN_UP_MAX; i++) {
		const struct gap *g = &c->given_up.v[i];
		double from = x_of(c, g->from > c->from ? g->from : c->from);
		double to = x_of(c, g->to < c->to ? g->to : c->to);
		struct view *row;

		if (g->sensor != 0 && g->sensor != c->sensor->id)
			continue;
		row = view_row(v, "GivenUp");
		view_text(row, "X", arena_printf(a, "%.1f", from));
		view_text(row, "W",
		    arena_printf(a, "%.1f", to - from > 2 ? to - from : 2));
		view_text(row, "Text",
		    arena_printf(a, "%s to %s: %s",
			zone_text(a, "%-d %b %H:%M", g->from),
			zone_text(a, "%-d %b %H:%M", g->to), gap_say(a, g)));
		shown++;
	}
}

void
state_chart(struct view *v, struct arena *a, const struct chart *c)
{
	struct scale s = scale_of(c);

	view_int(v, "Width", CHART_WIDTH);
	view_int(v, "Height", CHART_HEIGHT);
	if (c->lost.n > 0)
		view_int(v, "Lost", (int64_t)c->lost.n);
	state_given_up(v, a, c);
	if (s.count == 0) {
		view_int(v, "Empty", 1);
		return;
	}
	view_int(v, "Count", (int64_t)s.count);
	if (s.bad > 0)
		view_int(v, "BadCount", (int64_t)s.bad);
	state_summary(v, a, c->sensor, &s);
	state_paths(v, a, c, &s);
	state_gaps(v, a, c);
	state_bad(v, a, c, &s);
	state_y_ticks(v, a, &s);
	state_x_ticks(v, a, c);
}
