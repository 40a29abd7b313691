#include "learn.h"

static const struct point *
point_of(const struct lesson *l, size_t i)
{
	return &l->profile->points[l->order[i]];
}

/* Where the first n points end, which may overlap. */
static int
end_of(const struct lesson *l, size_t n)
{
	int end = 0, one;
	size_t i;

	for (i = 0; i < n; i++) {
		one = point_of(l, i)->address + point_of(l, i)->words;
		if (one > end)
			end = one;
	}
	return end;
}

void
lesson_begin(struct lesson *l, const struct profile *p, const uint16_t *order,
    size_t n, bool silent)
{
	*l = (struct lesson){ .profile = p,
		.order = order,
		.n = n,
		/* Silence may have been a chance: all of it is asked again. */
		.bad = silent ? n + 1 : n,
		.is_on = true,
		.silent = silent };
}

void
lesson_ask(const struct lesson *l, struct ask *ask)
{
	const struct point *first = point_of(l, 0), *pt;
	int from = first->address, to;

	if (l->phase == PHASE_PREFIX) {
		to = end_of(l, (l->good + l->bad) / 2);
	} else if (l->phase == PHASE_POINT) {
		pt = point_of(l, l->good);
		from = pt->address;
		to = from + pt->words;
	} else {
		from = end_of(l, l->good);
		to = point_of(l, l->good)->address;
	}
	ask->function = (uint8_t)first->function;
	ask->address = (uint16_t)from;
	ask->count = (uint16_t)(to - from);
}

static enum lesson_end
hole(struct lesson *l, struct taught *k, struct arena *a, int from, int to,
    int64_t now)
{
	const struct hole h = { (uint8_t)point_of(l, 0)->function,
		(uint16_t)from, (uint16_t)(to - from) };

	l->is_on = false;
	/* Silence may have any reason. */
	if (l->silent || !taught_add(k, a, &h, now))
		return LESSON_NOTHING;
	return LESSON_HOLE;
}

static enum lesson_end
too_long(struct lesson *l, struct taught *k, int64_t now)
{
	int *most = point_of(l, 0)->function <= READ_DISCRETE ? &k->most_bits
							      : &k->most_words;

	l->is_on = false;
	*most = end_of(l, l->good) - point_of(l, 0)->address;
	if (k->since == 0)
		k->since = now;
	return LESSON_TOO_LONG;
}

/* One point more makes the request fail. */
static enum lesson_end
prefix_found(struct lesson *l, struct taught *k, struct arena *a, int64_t now)
{
	const struct point *pt;

	if (l->good == l->n) {
		l->is_on = false;
		return LESSON_NOTHING;
	}
	pt = point_of(l, l->good);
	if (l->good == 0)
		return hole(l, k, a, pt->address, pt->address + pt->words, now);
	l->phase = PHASE_POINT;
	return LESSON_GOES_ON;
}

enum lesson_end
lesson_take(struct lesson *l, struct taught *k, struct arena *a, bool answered,
    int64_t now)
{
	size_t asked = (l->good + l->bad) / 2;
	const struct point *pt;

	if (l->phase == PHASE_PREFIX) {
		*(answered ? &l->good : &l->bad) = asked;
		if (l->bad - l->good > 1)
			return LESSON_GOES_ON;
		return prefix_found(l, k, a, now);
	}
	pt = point_of(l, l->good);
	if (l->phase == PHASE_POINT && !answered)
		return hole(l, k, a, pt->address, pt->address + pt->words, now);
	if (l->phase == PHASE_POINT && pt->address > end_of(l, l->good)) {
		l->phase = PHASE_GAP;
		return LESSON_GOES_ON;
	}
	if (l->phase == PHASE_GAP && !answered)
		return hole(l, k, a, end_of(l, l->good), pt->address, now);
	return too_long(l, k, now);
}
