#include "store/values.h"

#include <endian.h>
#include <math.h>
#include <string.h>

enum {
	SAMPLES = 64,	/* values that a form is tried on first */
	ASTRAY = 16,	/* one in so many of them may not fit */
	TILE = 128,	/* values that are fitted together */
	NEAR = 64,	/* how far off the samples of a near decimal may be */
	PLACES32 = 6,	/* decimal places of a float */
	SLOTS = 256,	/* of the hash over the table */
	FEW = 32,	/* distinct samples that make a table worth a try */
	CHEAP = 6,	/* bits a value with which decimals are good enough */
	DEAR = 20,	/* and from which on everything is tried */
	STRAY_BITS = 88 /* about, of a value that does not fit */
};

/* 1.5 * 2^52: next to it doubles are integers, and their low bits count. */
static const double rounder = 6755399441055744.0;

struct stray {
	size_t at, n;
};

/* A column on its way to bytes, in the form that is being tried. */
struct
try {
	const double *v;
	size_t n;
	enum values_form form;
	unsigned places;
	int64_t *x, *off; /* the columns of integers that it becomes */
	double table[VALUES_TABLE_MAX];
	size_t distinct;
	struct stray stray[VALUES_STRAYS_MAX];
	size_t strays;
	struct ints_plan plan, off_plan;
};

/* The form that takes the fewest bits so far. */
struct best {
	enum values_form form;
	unsigned places;
	size_t bits;
};

static uint64_t
bits_of(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits;
}

/*
 * Each of these makes n integers of n doubles, and tells by 0 that every one
 * of them will come back to the bit.  They have no branch inside, so that
 * several are done at once.
 */
typedef uint64_t fit(int64_t *, const double *, size_t n, double power);

static uint64_t
fit_decimal(int64_t *x, const double *v, size_t n, double power)
{
	uint64_t odd = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		double shifted = v[i] * power + rounder;
		uint64_t bits = bits_of(shifted);

		x[i] = (int64_t)(bits - bits_of(rounder));
		odd |= (bits ^ bits_of(rounder)) >> 52;
		odd |= bits_of((shifted - rounder) / power) ^ bits_of(v[i]);
	}
	return odd;
}

static uint64_t
fit_decimal32(int64_t *x, const double *v, size_t n, double power)
{
	uint64_t odd = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		double shifted = v[i] * power + rounder;
		uint64_t bits = bits_of(shifted);
		float back = (float)((shifted - rounder) / power);

		x[i] = (int64_t)(bits - bits_of(rounder));
		odd |= (bits ^ bits_of(rounder)) >> 52;
		odd |= bits_of((double)back) ^ bits_of(v[i]);
	}
	return odd;
}

static uint64_t
fit_order32(int64_t *x, const double *v, size_t n, double power)
{
	uint64_t odd = 0;
	size_t i;

	(void)power;
	for (i = 0; i < n; i++) {
		float single = (float)v[i];

		x[i] = order_of_float(single);
		odd |= bits_of((double)single) ^ bits_of(v[i]);
	}
	return odd;
}

/* A stray takes the integer before, which costs next to nothing. */
static bool
add_stray(struct try *t, size_t i)
{
	struct stray *last = &t->stray[t->strays];

	t->x[i] = i > 0 ? t->x[i - 1] : 0;
	if (t->strays > 0 && last[-1].at + last[-1].n == i &&
	    bits_of(t->v[i]) == bits_of(t->v[i - 1])) {
		last[-1].n++;
		return true;
	}
	if (t->strays > t->n / 24)
		return false;
	*last = (struct stray){ i, 1 };
	t->strays++;
	return true;
}

/* Spread over the column, so that not its beginning alone decides. */
static double
sample(const struct try *t, size_t i, size_t samples)
{
	return t->v[i * t->n / samples];
}

static size_t
sample_count(const struct try *t)
{
	return t->n < SAMPLES ? t->n : SAMPLES;
}

/* One that some form of integers could hold: no NaN, no -0. */
static bool
is_number(double v)
{
	return isfinite(v) && v != 0;
}

static bool
samples_fit(const struct try *t, fit *fits)
{
	size_t i, k = sample_count(t), astray = 0;
	int64_t x;

	for (i = 0; i < k; i++) {
		double v = sample(t, i, k);

		if (fits(&x, &v, 1, values_powers[t->places]) == 0)
			continue;
		astray += is_number(v);
		if (astray > k / ASTRAY)
			return false;
	}
	return true;
}

static bool
prepare(struct try *t, fit *fits)
{
	double power = values_powers[t->places];
	size_t i, j, k;

	if (!samples_fit(t, fits))
		return false;
	t->strays = 0;
	for (i = 0; i < t->n; i += k) {
		k = t->n - i < TILE ? t->n - i : TILE;
		if (fits(t->x + i, t->v + i, k, power) == 0)
			continue;
		for (j = i; j < i + k; j++)
			if (fits(t->x + j, t->v + j, 1, power) != 0 &&
			    !add_stray(t, j))
				return false;
	}
	return true;
}

static bool
prepare_decimal(struct try *t)
{
	return prepare(t, fit_decimal);
}

static bool
prepare_decimal32(struct try *t)
{
	return prepare(t, fit_decimal32);
}

static bool
prepare_order32(struct try *t)
{
	return prepare(t, fit_order32);
}

static bool
prepare_order64(struct try *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		t->x[i] = order_of(t->v[i]);
	return true;
}

/* False when v is no decimal of moderate size, however far off. */
static bool
near(int64_t *x, int64_t *off, double v, double power, bool single)
{
	double shifted = v * power + rounder;
	double back = (shifted - rounder) / power;

	*x = (int64_t)(bits_of(shifted) - bits_of(rounder));
	if (single)
		back = (double)(float)back;
	*off = minus(order_of(v), order_of(back));
	return (bits_of(shifted) ^ bits_of(rounder)) >> 52 == 0;
}

static bool
prepare_near(struct try *t)
{
	double power = values_powers[t->places];
	bool single = t->form == VALUES_NEAR32;
	size_t i, k = sample_count(t), astray = 0;
	int64_t x, off;

	for (i = 0; i < k; i++) {
		bool fits = near(&x, &off, sample(t, i, k), power, single);

		astray += !fits || zigzag(off) >= NEAR;
		if (astray > k / ASTRAY + 1)
			return false;
	}
	for (i = 0; i < t->n; i++)
		if (!near(&t->x[i], &t->off[i], t->v[i], power, single))
			return false;
	return true;
}

/* The place of v in the table, where it is put when it is new. */
static size_t
place_of(struct try *t, uint8_t *slots, double v)
{
	size_t slot = bits_of(v) * UINT64_C(0x9e3779b97f4a7c15) >> 56;

	while (slots[slot] != 0) {
		if (bits_of(t->table[slots[slot] - 1]) == bits_of(v))
			return slots[slot] - 1u;
		slot = (slot + 1) % SLOTS;
	}
	if (t->distinct == VALUES_TABLE_MAX)
		return VALUES_TABLE_MAX;
	t->table[t->distinct++] = v;
	slots[slot] = (uint8_t)t->distinct;
	return t->distinct - 1;
}

/* In the order of doubles; rank[old place] is the new one. */
static void
sort_table(struct try *t, int64_t *rank)
{
	double old[VALUES_TABLE_MAX];
	size_t i, k;

	memcpy(old, t->table, sizeof(old));
	for (i = 0; i < t->distinct; i++) {
		rank[i] = 0;
		for (k = 0; k < t->distinct; k++)
			rank[i] += order_of(old[k]) < order_of(old[i]);
		t->table[rank[i]] = old[i];
	}
}

static bool
prepare_table(struct try *t)
{
	int64_t rank[VALUES_TABLE_MAX];
	uint8_t slots[SLOTS] = { 0 };
	size_t i;

	t->distinct = 0;
	for (i = 0; i < t->n; i++) {
		size_t place = place_of(t, slots, t->v[i]);

		if (place == VALUES_TABLE_MAX)
			return false;
		t->x[i] = (int64_t)place;
	}
	sort_table(t, rank);
	for (i = 0; i < t->n; i++)
		t->x[i] = rank[t->x[i]];
	return true;
}

/* How to make integers for each form, and with how many places at most. */
static const struct {
	bool (*prepare)(struct try *);
	unsigned places;
} forms[] = {
	[VALUES_DECIMAL] = { prepare_decimal, VALUES_PLACES_MAX },
	[VALUES_DECIMAL32] = { prepare_decimal32, PLACES32 },
	[VALUES_NEAR] = { prepare_near, VALUES_PLACES_MAX },
	[VALUES_NEAR32] = { prepare_near, PLACES32 },
	[VALUES_ORDER32] = { prepare_order32, 0 },
	[VALUES_ORDER64] = { prepare_order64, 0 },
	[VALUES_TABLE] = { prepare_table, 0 },
};

static bool
is_near(const struct try *t)
{
	return t->form == VALUES_NEAR || t->form == VALUES_NEAR32;
}

/* Plan the columns of a prepared form; returns the bits that it takes. */
static size_t
measure(struct try *t)
{
	size_t bits;

	t->plan = ints_plan(t->x, t->n);
	bits = t->plan.bits + t->strays * STRAY_BITS;
	if (is_near(t)) {
		t->off_plan = ints_plan(t->off, t->n);
		bits += t->off_plan.bits;
	}
	if (t->form == VALUES_TABLE)
		bits += t->distinct * 64;
	return bits;
}

/*
 * Try a form with the fewest places that do, or, when some stray then, with
 * the next more that do; keep it when it is cheaper.
 */
static void
consider(struct best *best, struct try *t, enum values_form form)
{
	size_t bits, tries = 0;

	t->form = form;
	for (t->places = 0; t->places <= forms[form].places; t->places++) {
		t->strays = 0;
		if (!forms[form].prepare(t))
			continue;
		bits = measure(t);
		if (bits < best->bits)
			*best = (struct best){ form, t->places, bits };
		if (t->strays == 0 || ++tries == 2)
			return;
	}
}

/* The fewest bits that a place in a table of the samples takes. */
static size_t
table_bits(const struct try *t)
{
	size_t i, j, k = sample_count(t), distinct = 0;
	uint64_t seen[FEW];

	for (i = 0; i < k; i++) {
		uint64_t bits = bits_of(sample(t, i, k));

		for (j = 0; j < distinct && seen[j] != bits; j++)
			continue;
		if (j < distinct)
			continue;
		if (distinct == FEW)
			return SIZE_MAX;
		seen[distinct++] = bits;
	}
	return t->n * bit_length(distinct - 1) + distinct * 64;
}

static void
choose(struct best *best, struct try *t)
{
	*best = (struct best){ VALUES_ORDER64, 0, SIZE_MAX };
	consider(best, t, VALUES_DECIMAL);
	if (best->bits > CHEAP * t->n) {
		consider(best, t, VALUES_DECIMAL32);
		consider(best, t, VALUES_ORDER32);
	}
	if (best->bits > DEAR * t->n) {
		consider(best, t, VALUES_ORDER64);
		consider(best, t, VALUES_NEAR);
		consider(best, t, VALUES_NEAR32);
	}
	if (best->bits > 2 * t->n && best->bits > table_bits(t))
		consider(best, t, VALUES_TABLE);
}

static unsigned char *
put_double(unsigned char *to, double v)
{
	uint64_t bits = htole64(bits_of(v));

	memcpy(to, &bits, 8);
	return to + 8;
}

static unsigned char *
put_strays(unsigned char *to, const struct try *t)
{
	size_t i, at = 0;

	to = put_varint(to, t->strays);
	for (i = 0; i < t->strays; i++) {
		const struct stray *s = &t->stray[i];

		to = put_varint(to, s->at - at);
		to = put_varint(to, s->n);
		to = put_double(to, t->v[s->at]);
		at = s->at + s->n;
	}
	return to;
}

unsigned char *
values_put(unsigned char *to, const double *v, size_t n)
{
	UNSET int64_t x[INTS_MAX], off[INTS_MAX];
	UNSET struct try t;
	struct best best;
	size_t i;

	t.v = v;
	t.n = n;
	t.x = x;
	t.off = off;
	choose(&best, &t);
	if (t.form != best.form || t.places != best.places) {
		t.form = best.form;
		t.places = best.places;
		t.strays = 0;
		(void)forms[t.form].prepare(&t);
		(void)measure(&t);
	}
	*to++ = (unsigned char)(t.form | t.places * VALUES_PLACES |
				(t.strays > 0 ? VALUES_STRAYS : 0));
	if (t.form == VALUES_TABLE) {
		*to++ = (unsigned char)t.distinct;
		for (i = 0; i < t.distinct; i++)
			to = put_double(to, t.table[i]);
	}
	to = ints_put(to, x, n, t.plan);
	if (is_near(&t))
		to = ints_put(to, off, n, t.off_plan);
	return t.strays > 0 ? put_strays(to, &t) : to;
}
