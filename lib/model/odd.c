#include "model/odd.h"

#include <math.h>

#include "model/unit.h"
#include "store/reading.h"

/*
 * The size of a raw number that things have; nought has it too.  Who would
 * take another one for it must be surer, as one of eight numbers made of
 * anything is of a likely size.
 */
#define FLOAT_LEAST 1e-5
#define FLOAT_MOST 1e8
#define LIKELY_LEAST 1e-3
#define LIKELY_MOST 1e6

enum { WORD = 1 << 16 };

/* And integers that are longer than a register, by their registers. */
static const double integers_most[POINT_WORDS_MAX + 1] = {
	[2] = 1 << 24, [4] = 1099511627776.0
};

static bool
is_float(enum point_type t)
{
	return t == POINT_FLOAT16 || t == POINT_FLOAT32 || t == POINT_FLOAT64;
}

static bool
is_state(const struct point *p, double value)
{
	size_t k;

	for (k = 0; k < p->state_n; k++)
		if (p->state[k].value == value)
			return true;
	return false;
}

/* Is a raw number of that size anything that somebody would measure? */
static bool
is_sized(const struct point *p, double raw)
{
	double size = fabs(raw);

	if (size == 0 || p->bits != 0 || (!is_float(p->type) && p->words < 2))
		return true;
	if (is_float(p->type))
		return size >= FLOAT_LEAST && size <= FLOAT_MOST;
	return size < integers_most[p->words];
}

/* With nothing in its last register it may be a small number turned round. */
static bool
is_turned(const struct point *p, double raw)
{
	return !is_float(p->type) && p->words > 1 && p->bits == 0 && raw != 0 &&
	       fmod(raw, WORD) == 0;
}

static bool
makes_sense(const struct point *p, const uint16_t *w, double power)
{
	struct sample s = decode_by(p, w, power);
	double raw;

	if (s.quality == QUALITY_BAD)
		return false;
	if (p->state_n > 0)
		return is_state(p, s.value);
	if (!isnan(p->low) && !isnan(p->high))
		return true;
	raw = decode_number(p, w);
	return is_sized(p, raw) && !is_turned(p, raw);
}

/* Of sense, and not by chance? */
static bool
is_likely(const struct point *p, const uint16_t *w, double power)
{
	double size = fabs(decode_number(p, w));

	if (!makes_sense(p, w, power))
		return false;
	return !is_float(p->type) || p->state_n > 0 ||
	       (size >= LIKELY_LEAST && size <= LIKELY_MOST);
}

static bool
is_sentinel(const struct point *p, double raw)
{
	size_t k;

	for (k = 0; k < p->invalids; k++)
		if (raw == p->invalid[k])
			return true;
	return false;
}

/* A device that says it has no value says so in its own order. */
static bool
is_none(const struct point *p, const uint16_t *w)
{
	double raw = decode_number(p, w);

	return !isfinite(raw) || is_sentinel(p, raw);
}

bool
odd_order(enum word_order *order, double *value, const struct profile *p,
    size_t i, const uint16_t *const *words)
{
	double power = decode_power(p, i, words);
	struct point as = p->points[i];
	enum word_order own = as.order;
	int o;

	if (as.type == POINT_BIT || isnan(power) || is_none(&as, words[i]) ||
	    makes_sense(&as, words[i], power))
		return false;
	for (o = ORDER_ABCD; o < ORDERS; o++) {
		as.order = (enum word_order)o;
		/* One register has only its bytes to swap. */
		if (as.order == own ||
		    (as.words == 1 && o != ORDER_ABCD && o != ORDER_BADC) ||
		    !is_likely(&as, words[i], power))
			continue;
		*order = as.order;
		*value = decode_by(&as, words[i], power).value;
		return true;
	}
	return false;
}

static const char *
range_text(struct arena *a, const struct point *p, double value)
{
	const char *unit = unit_shown(p->unit);

	if (isnan(p->low))
		return arena_printf(a, "%.9g %s is above %.9g.", value, unit,
		    p->high);
	if (isnan(p->high))
		return arena_printf(a, "%.9g %s is below %.9g.", value, unit,
		    p->low);
	return arena_printf(a, "%.9g %s is outside %.9g to %.9g.", value, unit,
	    p->low, p->high);
}

/* Of a value that is none. */
static const char *
bad_text(struct arena *a, const struct point *p, const uint16_t *w,
    double power)
{
	double raw = decode_number(p, w);
	struct point free = *p;
	double value;

	if (is_sentinel(p, raw))
		return arena_printf(a,
		    "The device says that it has no value (%.15g).", raw);
	if (isnan(raw))
		return "It is not a number (NaN).";
	if (isinf(raw))
		return "It is infinite.";
	if (isnan(power))
		return arena_printf(a,
		    "Its power of ten, %s, could not be read.", p->scale_from);
	free.low = free.high = NAN;
	value = decode_by(&free, w, power).value;
	if (isnan(value))
		return arena_printf(a,
		    "Its power of ten is %.9g, which none is.", power);
	return range_text(a, p, value);
}

const char *
odd_text(struct arena *a, const struct profile *p, size_t i,
    const uint16_t *const *words, const struct sample *s)
{
	const struct point *pt = &p->points[i];

	if (isnan(s[i].value))
		return bad_text(a, pt, words[i], decode_power(p, i, words));
	if (pt->state_n > 0 && !is_state(pt, s[i].value))
		return arena_printf(a, "No state has the number %.9g.",
		    s[i].value);
	if (pt->zero_suspect && s[i].value == 0 && s[i].quality < QUALITY_GOOD)
		return "It is zero together with all that should not be.";
	if (s[i].quality < QUALITY_GOOD)
		return "A state of the device casts doubt on it.";
	if (!is_sized(pt, decode_number(pt, words[i])) &&
	    (isnan(pt->low) || isnan(pt->high)))
		return "Few things have such a size.";
	return "";
}
