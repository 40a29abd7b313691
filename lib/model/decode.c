#include "model/decode.h"

#include <math.h>
#include <string.h>

#include "store/reading.h"

enum { WORD_BITS = 16, BYTE_BITS = 8 };

static const struct {
	int words;
	double low, high; /* what fits; equal bounds: a float */
} types[POINT_TYPES] = {
	/* clang-format off */
	[POINT_BIT]     = { 1, 0, 1 },
	[POINT_UINT16]  = { 1, 0, 65535 },
	[POINT_INT16]   = { 1, -32768, 32767 },
	[POINT_UINT32]  = { 2, 0, 4294967295.0 },
	[POINT_INT32]   = { 2, -2147483648.0, 2147483647.0 },
	[POINT_UINT64]  = { 4, 0, 18446744073709549568.0 },
	[POINT_INT64]   = { 4, -9223372036854775808.0, 9223372036854774784.0 },
	[POINT_FLOAT32] = { 2, 0, 0 },
	[POINT_FLOAT64] = { 4, 0, 0 },
	/* clang-format on */
};

int
decode_words(enum point_type type)
{
	return types[type].words;
}

static uint16_t
swapped(uint16_t w)
{
	return (uint16_t)(w >> BYTE_BITS | w << BYTE_BITS);
}

static bool
bytes_swapped(enum word_order o)
{
	return o == ORDER_BADC || o == ORDER_DCBA;
}

static bool
words_reversed(enum word_order o)
{
	return o == ORDER_CDAB || o == ORDER_DCBA;
}

static uint64_t
gather(const uint16_t *w, int n, enum word_order order)
{
	uint64_t bits = 0;
	int i;

	for (i = 0; i < n; i++) {
		uint16_t one = w[words_reversed(order) ? n - 1 - i : i];

		if (bytes_swapped(order))
			one = swapped(one);
		bits = bits << WORD_BITS | one;
	}
	return bits;
}

static void
scatter(uint16_t *w, uint64_t bits, int n, enum word_order order)
{
	int i;

	for (i = n - 1; i >= 0; i--, bits >>= WORD_BITS) {
		uint16_t one = (uint16_t)bits;

		if (bytes_swapped(order))
			one = swapped(one);
		w[words_reversed(order) ? n - 1 - i : i] = one;
	}
}

static double
float32(uint32_t bits)
{
	float f;

	memcpy(&f, &bits, sizeof(f));
	return (double)f;
}

static double
float64(uint64_t bits)
{
	double d;

	memcpy(&d, &bits, sizeof(d));
	return d;
}

double
decode_raw(const uint16_t *w, enum point_type type, enum word_order order)
{
	uint64_t bits = gather(w, types[type].words, order);

	switch (type) {
	case POINT_INT16:
		return (double)(int16_t)bits;
	case POINT_INT32:
		return (double)(int32_t)bits;
	case POINT_INT64:
		return (double)(int64_t)bits;
	case POINT_FLOAT32:
		return float32((uint32_t)bits);
	case POINT_FLOAT64:
		return float64(bits);
	case POINT_BIT:
		return bits != 0;
	case POINT_UINT16:
	case POINT_UINT32:
	case POINT_UINT64:
	case POINT_TYPES:
		break;
	}
	return (double)bits;
}

/*
 * A scale of 0.1 means "divide by ten": 123 becomes the double nearest to
 * 12.3, which the product 123 * 0.1 is not.
 */
static double
scaled(const struct point *p, double raw)
{
	double parts = round(1 / p->scale);

	if (p->scale == 1 && p->offset == 0)
		return raw;
	if (p->scale < 1 && 1 / parts == p->scale)
		return raw / parts + p->offset;
	return raw * p->scale + p->offset;
}

static bool
is_invalid(const struct point *p, double raw)
{
	size_t i;

	for (i = 0; i < p->invalids; i++)
		if (raw == p->invalid[i])
			return true;
	return !isfinite(raw);
}

struct sample
decode_point(const struct point *p, const uint16_t *w)
{
	const struct sample bad = { NAN, QUALITY_BAD };
	double raw = decode_raw(w, p->type, p->order), v;

	if (is_invalid(p, raw))
		return bad;
	v = scaled(p, raw);
	/* An absent bound is NaN, and no number compares with it. */
	if (v < p->low || v > p->high)
		return bad;
	return (struct sample){ v, QUALITY_GOOD };
}

static bool
all_zero(const struct profile *p, const uint16_t *const *words)
{
	bool any = false;
	size_t i;
	int k;

	for (i = 0; i < p->n; i++) {
		if (!p->points[i].zero_suspect)
			continue;
		any = true;
		if (words[i] == NULL)
			return false;
		for (k = 0; k < p->points[i].words; k++)
			if (words[i][k] != 0)
				return false;
	}
	return any;
}

/* The quality that the frame's status points leave to the others. */
static int
allowed_quality(const struct sample *s, const struct profile *p)
{
	int best = QUALITY_GOOD;
	size_t i, k;

	for (i = 0; i < p->n; i++) {
		const struct point *pt = &p->points[i];

		for (k = 0; k < pt->state_n; k++)
			if (s[i].value == pt->state[k].value &&
			    pt->state[k].quality >= 0 &&
			    pt->state[k].quality < best)
				best = pt->state[k].quality;
	}
	return best;
}

static void
lower(struct sample *s, int quality)
{
	if (s->quality > quality)
		s->quality = (uint8_t)quality;
}

void
decode_frame(struct sample *out, const struct profile *p,
    const uint16_t *const *words)
{
	bool zero = all_zero(p, words);
	int allowed;
	size_t i;

	for (i = 0; i < p->n; i++)
		out[i] = words[i] == NULL
			     ? (struct sample){ NAN, QUALITY_BAD }
			     : decode_point(&p->points[i], words[i]);
	allowed = allowed_quality(out, p);
	for (i = 0; i < p->n; i++) {
		/* A status is sure of itself when it doubts the values. */
		if (p->points[i].state_n == 0)
			lower(&out[i], allowed);
		if (zero && p->points[i].zero_suspect)
			lower(&out[i], QUALITY_UNCERTAIN);
	}
}

void
encode_raw(uint16_t *w, double v, enum point_type type, enum word_order order)
{
	uint64_t bits = 0;
	uint32_t half;
	float f;

	if (type == POINT_FLOAT32) {
		f = (float)v;
		memcpy(&half, &f, sizeof(half));
		bits = half;
	} else if (type == POINT_FLOAT64) {
		memcpy(&bits, &v, sizeof(bits));
	} else if (!isnan(v)) {
		v = fmin(fmax(nearbyint(v), types[type].low), types[type].high);
		bits = v < 0 ? (uint64_t)(int64_t)v : (uint64_t)v;
	}
	scatter(w, bits, types[type].words, order);
}

void
encode_point(uint16_t *w, const struct point *p, double v)
{
	double raw = v;

	if (p->scale != 1 || p->offset != 0)
		raw = (v - p->offset) / p->scale;
	if (isnan(v) && p->invalids > 0)
		raw = p->invalid[0];
	encode_raw(w, raw, p->type, p->order);
}
