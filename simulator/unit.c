#include "simulator/unit.h"

#include <math.h>
#include <string.h>

#include "base/env.h"
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

static double
value_of(const struct unit *u, size_t point, int64_t now)
{
	const struct recording *r = u->recording;

	if (r == NULL)
		return model_value(u->model, u->seed,
		    u->profile->points[point].key, now);
	return point < r->columns ? r->v[r->next * r->columns + point] : NAN;
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
	encode_point(coded, t, value_of(u, i, now));
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
	size_t i;

	for (i = 0; i < u->pinned; i++) {
		const struct pin *p = &u->pins[i];
		int at = p->address - address;

		if (p->function == f && p->until > now && at >= 0 && at < count)
			words[at] = p->word;
	}
}

enum exception
unit_read(uint16_t *words, struct unit *u, enum point_function f, int address,
    int count)
{
	struct recording *r = u->recording;
	int64_t now = env_now();
	int first = 0, end = 0;
	size_t i;

	if (!span(&first, &end, u->profile, f) || address < first ||
	    address + count > end)
		return ILLEGAL_ADDRESS;
	if (r != NULL && r->next >= r->rows)
		return DEVICE_BUSY;
	memset(words, 0, (size_t)count * sizeof(*words));
	for (i = 0; i < u->profile->n; i++)
		if (u->profile->points[i].function == f)
			put_point(words, u, i, address, count, now);
	put_pins(words, u, f, address, count, now);
	/* Whoever has read to the end has the row, and the next one shows. */
	if (r != NULL && address + count == end)
		r->next++;
	return EXCEPTION_NONE;
}

/* The pin of that register, or a new one; NULL when all are in use. */
static struct pin *
pin_at(struct unit *u, enum point_function f, int address, int64_t now)
{
	size_t i, free = u->pinned;

	for (i = 0; i < u->pinned; i++) {
		if (u->pins[i].function == f && u->pins[i].address == address)
			return &u->pins[i];
		if (u->pins[i].until <= now)
			free = i;
	}
	if (free == PINS_MAX)
		return NULL;
	if (free == u->pinned)
		u->pinned++;
	return &u->pins[free];
}

enum exception
unit_write(struct unit *u, enum point_function f, int address,
    const uint16_t *words, int count)
{
	int64_t now = env_now();
	int first = 0, end = 0, i;

	if (!span(&first, &end, u->profile, f) || address < first ||
	    address + count > end)
		return ILLEGAL_ADDRESS;
	for (i = 0; i < count; i++) {
		struct pin *p = pin_at(u, f, address + i, now);

		if (p == NULL)
			return DEVICE_BUSY;
		*p = (struct pin){ f, address + i, words[i], now + u->hold };
	}
	return EXCEPTION_NONE;
}
