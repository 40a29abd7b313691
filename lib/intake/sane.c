#include "intake/sane.h"

#include <math.h>
#include <stdlib.h>

#include "model/unit.h"

void
sane_flag(struct item *it, enum reason_number number)
{
	const struct reason *had = reason_of(it->reason);
	uint8_t quality = reason_of((int)number)->quality;

	if (had == NULL || quality < had->quality)
		it->reason = (unsigned char)number;
	if (it->r.quality > quality)
		it->r.quality = quality;
}

double
sane_convert(struct item *it, double value, const struct unit_change *c)
{
	if (isnan(value))
		return value;
	it->was_value = value;
	it->has_was_value = true;
	sane_flag(it, REASON_CONVERTED);
	return unit_apply(c, value);
}

double
sane_range(struct item *it, struct arena *a, double v, const struct target *t)
{
	if (!(v < t->low || v > t->high))
		return v;
	if (!t->flags) {
		item_refuse(it, a, "out_of_range", "%g is outside %g to %g %s",
		    v, t->low, t->high, t->unit);
		return v;
	}
	if (!it->has_was_value)
		it->was_value = v;
	it->has_was_value = true;
	sane_flag(it, REASON_OUT_OF_RANGE);
	return NAN;
}

/* What one wrong clock may have said. */
struct span {
	int64_t from, to;
	enum reason_number reason;
	const char *detail; /* of what is refused */
};

static bool
is_within(const struct item *it, const struct span *s)
{
	return it->code == NULL && !it->let_go && it->r.time >= s->from &&
	       it->r.time <= s->to;
}

/*
 * Shift what is within the span.  True: a repeat must be known again.  A clock
 * that says 0 says nothing, and who says that each time sends no repeats.
 */
static bool
shift(struct intake *in, const struct span *s, bool refuses)
{
	bool any = false, told = false;
	int64_t newest = 0;
	size_t i;

	for (i = 0; i < in->n; i++) {
		if (!is_within(&in->v[i], s))
			continue;
		if (!any || in->v[i].r.time > newest)
			newest = in->v[i].r.time;
		any = true;
	}
	for (i = 0; any && i < in->n; i++) {
		struct item *it = &in->v[i];
		int64_t time = it->r.time;

		if (it->has_was_time || !is_within(it, s))
			continue;
		if (refuses || newest - time > SANE_SHIFT_MAX) {
			item_refuse(it, in->arena,
			    reason_of((int)s->reason)->word, "%s %s",
			    clock_iso(in->arena, time), s->detail);
			continue;
		}
		it->was_time = time;
		it->has_was_time = true;
		it->r.time = in->now - (newest - time);
		sane_flag(it, s->reason);
		told = told || time != 0;
	}
	return told;
}

void
sane_clock(struct intake *in, struct bytes body, const struct intake_rule *rule)
{
	const struct span ahead = { in->now + SANE_AHEAD_MAX + 1, INT64_MAX,
		REASON_CLOCK_AHEAD, "is more than 5 min ahead of the server" };
	const struct span unset = { INT64_MIN, SANE_EARLIEST - 1,
		REASON_CLOCK_UNSET, "is what a clock says that is not set" };
	bool told;

	if (in->odd == 0)
		return;
	told = shift(in, &ahead, rule->refuses_clock);
	told = shift(in, &unset, rule->refuses_clock) || told;
	if (told)
		intake_know(in, body);
}

bool
sane_is_skewed(const struct intake *in)
{
	int64_t off = in->sent_at - in->now;

	return in->sent_at != 0 && llabs(off) > SANE_AHEAD_MAX &&
	       off >= -SANE_KEPT_MAX;
}

void
sane_skew(struct intake *in)
{
	size_t i;

	if (!sane_is_skewed(in))
		return;
	intake_warn(in, "clock_skew");
	for (i = 0; i < in->n; i++)
		if (in->v[i].code == NULL && !in->v[i].let_go && in->v[i].timed)
			sane_flag(&in->v[i], REASON_CLOCK_SKEW);
}

/* By device, then by time. */
static int
by_frame(const void *a, const void *b)
{
	const struct item *const *x = a, *const *y = b;

	if ((*x)->frame != (*y)->frame)
		return (*x)->frame < (*y)->frame ? -1 : 1;
	return ((*x)->r.time > (*y)->r.time) - ((*x)->r.time < (*y)->r.time);
}

/*
 * How many items from the first on are of its frame; is it one of zeros, of
 * two sensors or more?
 */
static size_t
frame_size(bool *zero, struct item **v, size_t n)
{
	bool nothing = true, several = false;
	size_t i;

	for (i = 0; i < n && by_frame(&v[0], &v[i]) == 0; i++) {
		nothing = nothing && v[i]->r.value == 0;
		several = several || v[i]->r.sensor != v[0]->r.sensor;
	}
	*zero = nothing && several;
	return i;
}

void
sane_frames(struct intake *in)
{
	struct item **v;
	size_t i, k, m, n = 0;
	bool zero;

	if (in->zeros < 2)
		return;
	v = arena_array(in->arena, in->n, sizeof(struct item *));
	for (i = 0; i < in->n; i++)
		if (in->v[i].code == NULL && in->v[i].frame != 0)
			v[n++] = &in->v[i];
	if (n > 1)
		qsort(v, n, sizeof(struct item *), by_frame);
	for (i = 0; i < n; i += m) {
		m = frame_size(&zero, v + i, n - i);
		for (k = i; zero && k < i + m; k++)
			sane_flag(v[k], REASON_SUSPECT_ZERO);
	}
}
