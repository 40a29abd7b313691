#include "simulator/unit.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "model/decode.h"
#include "model/model.h"

/* The addresses from the first to the last point of a function. */
static bool
span(int *first, int *end, const struct profile *p, enum point_function f)
{
	bool any = false;
	size_t i;

	for (i = 0; i < p->n; i++) {
		const struct point *t = &p->points[i];

		if (t->function != f)
			continue;
		if (!any || t->address < *first)
			*first = t->address;
		if (!any || t->address + t->words > *end)
			*end = t->address + t->words;
		any = true;
	}
	return any;
}

/* Is the step about that unit, and on?  Then when its turn began. */
static int64_t
concerns(const struct step *s, const struct unit *u, int64_t elapsed)
{
	if ((s->unit != 0 && s->unit != u->id) ||
	    (s->port >= 0 && s->port != u->port))
		return -1;
	return step_began(s, elapsed);
}

/* Seconds since the power came, or since the scenario began. */
static double
uptime(const struct unit *u)
{
	const struct play *p = u->play;
	int64_t elapsed = play_elapsed(p), on = 0;
	size_t i;

	for (i = 0; i < p->n; i++) {
		const struct step *s = &p->steps[i];

		if (s->deed == DEED_POWER &&
		    (s->unit == 0 || s->unit == u->id) &&
		    (s->port < 0 || s->port == u->port) &&
		    step_ended(s, elapsed) > on)
			on = step_ended(s, elapsed);
	}
	return floor((double)(elapsed - on) / 1e6);
}

/* What a step makes of a value, so long after its turn began. */
static double
spoil(double v, const struct step *s, const struct unit *u, size_t point,
    int64_t passed, int64_t now)
{
	switch (s->deed) {
	case DEED_DRIFT:
		return v + s->by * (double)passed / (double)CLOCK_HOUR;
	case DEED_SPIKE:
		return v + s->by;
	case DEED_WRAP:
		return fmod(v, s->by);
	case DEED_STUCK:
		return u->of != NULL ? model_at(&u->of[point], now - passed)
				     : v;
	case DEED_RESET:
		return u->of != NULL ? v - model_at(&u->of[point], now - passed)
				     : v;
	default:
		return v;
	}
}

static double
recorded(const struct unit *u, size_t point)
{
	const struct recording *r = u->recording;

	if (point >= r->columns || u->row >= r->rows)
		return NAN;
	return r->v[u->row * r->columns + point];
}

/* The model's or the recording's, and then the steps', in their order. */
double
unit_value(const struct unit *u, size_t point, int64_t now)
{
	const char *key = u->profile->points[point].key;
	const struct play *p = u->play;
	int64_t elapsed, began;
	double v;
	size_t i;

	if (u->recording != NULL)
		v = recorded(u, point);
	else if (strcmp(key, "uptime") == 0)
		v = uptime(u);
	else
		v = model_at(&u->of[point], now);
	if (p->n == 0)
		return v;
	elapsed = play_elapsed_at(p, now);
	for (i = 0; i < p->n; i++) {
		const struct step *s = &p->steps[i];

		if (s->deed < DEED_DRIFT ||
		    (s->point != NULL && strcmp(s->point, key) != 0) ||
		    (began = concerns(s, u, elapsed)) < 0)
			continue;
		v = spoil(v, s, u, point, elapsed - began, now);
	}
	return v;
}

/* A step's fault comes before the unit's own. */
enum deed
unit_fault(struct unit *u, double *late_ms)
{
	const struct play *p = u->play;
	int64_t elapsed = p->n > 0 ? play_elapsed(p) : 0;
	size_t i;

	u->asked++;
	for (i = 0; i < p->n; i++) {
		const struct step *s = &p->steps[i];

		if (s->deed > DEED_LATE || concerns(s, u, elapsed) < 0)
			continue;
		*late_ms = s->by;
		return s->deed == DEED_POWER ? DEED_SILENCE : s->deed;
	}
	return u->asked % u->every == 0 ? u->fault : DEED_NONE;
}

/* Is the request one that a step says cannot be answered? */
static enum exception
barred(const struct unit *u, int address, int count)
{
	const struct play *p = u->play;
	int64_t elapsed = p->n > 0 ? play_elapsed(p) : 0;
	size_t i;

	for (i = 0; i < p->n; i++) {
		const struct step *s = &p->steps[i];

		if ((s->deed != DEED_HOLES && s->deed != DEED_BLOCK) ||
		    concerns(s, u, elapsed) < 0)
			continue;
		if (s->deed == DEED_BLOCK && count > s->by)
			return ILLEGAL_VALUE;
		if (s->deed == DEED_HOLES && address < s->from + s->count &&
		    s->from < address + count)
			return ILLEGAL_ADDRESS;
	}
	return EXCEPTION_NONE;
}

/* Put a point's registers where they fall into the answer. */
static void
put_point(uint16_t *words, const struct unit *u, size_t i, int address,
    int count, int64_t now)
{
	const struct point *t = &u->profile->points[i];
	uint16_t coded[POINT_WORDS_MAX];
	int k;

	if (t->address + t->words <= address || t->address >= address + count)
		return;
	/* Of a register that two points share each fills its own bits. */
	for (k = 0; k < t->words; k++) {
		int at = t->address + k - address;

		coded[k] = at >= 0 && at < count ? words[at] : 0;
	}
	encode_point(coded, t, unit_value(u, i, now));
	for (k = 0; k < t->words; k++) {
		int at = t->address + k - address;

		if (at >= 0 && at < count)
			words[at] = coded[k];
	}
}

static void
put_pins(uint16_t *words, const struct unit *u, enum point_function f,
    int address, int count, int64_t now)
{
	size_t i, n = u->pins != NULL ? u->pins->n : 0;

	for (i = 0; i < n; i++) {
		const struct pin *p = &u->pins->v[i];
		int at = p->address - address;

		if (p->function == f && p->until > now && at >= 0 && at < count)
			words[at] = p->word;
	}
}

/* Holes and limits first, then every point that is within. */
enum exception
unit_read(uint16_t *words, struct unit *u, enum point_function f, int address,
    int count)
{
	struct recording *r = u->recording;
	int64_t now = play_now(u->play);
	int first = 0, end = 0;
	enum exception x;
	size_t i;

	if (!span(&first, &end, u->profile, f) || address < first ||
	    address + count > end)
		return ILLEGAL_ADDRESS;
	if ((x = barred(u, address, count)) != EXCEPTION_NONE)
		return x;
	if (r != NULL && u->row_us > 0)
		u->row =
		    u->first_row + (size_t)(play_elapsed(u->play) / u->row_us);
	if (r != NULL && u->row >= r->rows)
		return DEVICE_BUSY;
	memset(words, 0, (size_t)count * sizeof(*words));
	for (i = 0; i < u->profile->n; i++)
		if (u->profile->points[i].function == f)
			put_point(words, u, i, address, count, now);
	put_pins(words, u, f, address, count, now);
	/* Whoever has read to the end has the row, and the next one shows. */
	if (r != NULL && u->row_us == 0 && address + count == end)
		u->row++;
	return EXCEPTION_NONE;
}

/* The pin of that register, or a new one; NULL when all are in use. */
static struct pin *
pin_at(struct pins *all, enum point_function f, int address, int64_t now)
{
	size_t i, free = all->n;

	for (i = 0; i < all->n; i++) {
		if (all->v[i].function == f && all->v[i].address == address)
			return &all->v[i];
		if (all->v[i].until <= now)
			free = i;
	}
	if (free == PINS_MAX)
		return NULL;
	if (free == all->n)
		all->n++;
	return &all->v[free];
}

/* Where a device has no register nothing is written. */
enum exception
unit_write(struct unit *u, enum point_function f, int address,
    const uint16_t *words, int count)
{
	int64_t now = play_now(u->play);
	int first = 0, end = 0, i;

	if (!span(&first, &end, u->profile, f) || address < first ||
	    address + count > end)
		return ILLEGAL_ADDRESS;
	if (u->pins == NULL)
		u->pins = arena_alloc(u->arena, sizeof(*u->pins));
	for (i = 0; i < count; i++) {
		struct pin *p = pin_at(u->pins, f, address + i, now);

		if (p == NULL)
			return DEVICE_BUSY;
		*p = (struct pin){ f, address + i, words[i], now + u->hold };
	}
	return EXCEPTION_NONE;
}
