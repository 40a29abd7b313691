#include "model/decode.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "store/reading.h"

enum {
	WORD_BITS = 16,
	BYTE_BITS = 8,
	BYTE = 0xFF,
	POWER_MAX = 10, /* of ten, as SunSpec's scale factors have it */
	/* The half float of IEEE 754. */
	HALF_FRACTION = 10,
	HALF_ONE = 1 << HALF_FRACTION,
	HALF_BIAS = 15,
	HALF_LEAST = -14, /* exponent of what is not subnormal */
	HALF_INFINITE = 0x7C00,
	HALF_SIGN = 0x8000
};

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
	[POINT_UINT8L]  = { 1, 0, 255 },
	[POINT_UINT8H]  = { 1, 0, 255 },
	[POINT_INT8L]   = { 1, -128, 127 },
	[POINT_INT8H]   = { 1, -128, 127 },
	[POINT_FLOAT16] = { 1, 0, 0 },
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

static double
float16(uint16_t bits)
{
	const double sign = bits & HALF_SIGN ? -1 : 1;
	int exponent = (bits & HALF_INFINITE) >> HALF_FRACTION;
	int fraction = bits & (HALF_ONE - 1);

	if ((bits & HALF_INFINITE) == HALF_INFINITE)
		return fraction == 0 ? sign * INFINITY : NAN;
	if (exponent == 0)
		return sign * ldexp(fraction, HALF_LEAST - HALF_FRACTION);
	return sign *
	       ldexp(HALF_ONE + fraction, exponent - HALF_BIAS - HALF_FRACTION);
}

/* The nearest half float; what is too large becomes infinite. */
static uint16_t
half(double v)
{
	uint16_t sign = signbit(v) ? HALF_SIGN : 0;
	double size = fabs(v), fraction;
	int e;

	if (isnan(v))
		return HALF_INFINITE | 1 << (HALF_FRACTION - 1);
	if (size == 0)
		return sign;
	e = ilogb(size);
	if (e > HALF_BIAS)
		return sign | HALF_INFINITE;
	if (e < HALF_LEAST)
		e = HALF_LEAST;
	/* A fraction that rounds up to the next power of two carries over. */
	fraction = nearbyint(ldexp(size, HALF_FRACTION - e));
	return (uint16_t)(sign | (((e + HALF_BIAS) << HALF_FRACTION) +
				     (int)fraction - HALF_ONE));
}

double
decode_raw(const uint16_t *w, enum point_type type, enum word_order order)
{
	uint64_t bits = gather(w, types[type].words, order);

	switch (type) {
	case POINT_UINT8L:
		return (double)(bits & BYTE);
	case POINT_UINT8H:
		return (double)(bits >> BYTE_BITS);
	case POINT_INT8L:
		return (double)(int8_t)bits;
	case POINT_INT8H:
		return (double)(int8_t)(bits >> BYTE_BITS);
	case POINT_FLOAT16:
		return float16((uint16_t)bits);
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

double
decode_number(const struct point *p, const uint16_t *w)
{
	uint64_t bits;

	if (p->bits == 0)
		return decode_raw(w, p->type, p->order);
	bits = gather(w, p->words, p->order) >> p->bit;
	return (double)(bits & ((UINT64_C(1) << p->bits) - 1));
}

/* A tenth is a division here too. */
static double
shifted(double v, double power)
{
	return power < 0 ? v / pow(10, -power) : v * pow(10, power);
}

struct sample
decode_by(const struct point *p, const uint16_t *w, double power)
{
	const struct sample bad = { NAN, QUALITY_BAD };
	double raw = decode_number(p, w), v;

	if (is_invalid(p, raw) || !(fabs(power) <= POWER_MAX))
		return bad;
	v = scaled(p, raw);
	if (power != 0)
		v = shifted(v, power);
	/* An absent bound is NaN, and no number compares with it. */
	if (v < p->low || v > p->high)
		return bad;
	return (struct sample){ v, QUALITY_GOOD };
}

struct sample
decode_point(const struct point *p, const uint16_t *w)
{
	return decode_by(p, w, 0);
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

double
decode_power(const struct profile *p, size_t i, const uint16_t *const *words)
{
	const struct point *from = p->points[i].power;
	const uint16_t *power;

	if (from == NULL)
		return 0;
	power = words[from - p->points];
	return power != NULL ? decode_point(from, power).value : NAN;
}

/* Of a frame: the point, by the power that another one holds. */
static struct sample
decode_one(const struct profile *p, size_t i, const uint16_t *const *words)
{
	if (words[i] == NULL)
		return (struct sample){ NAN, QUALITY_BAD };
	return decode_by(&p->points[i], words[i], decode_power(p, i, words));
}

void
decode_frame(struct sample *out, const struct profile *p,
    const uint16_t *const *words)
{
	bool zero = all_zero(p, words);
	int allowed;
	size_t i;

	for (i = 0; i < p->n; i++)
		out[i] = decode_one(p, i, words);
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
decode_text(char *to, const uint16_t *w, int words, enum word_order order)
{
	int i, n = 0;

	for (i = 0; i < 2 * words; i++) {
		uint16_t one =
		    bytes_swapped(order) ? swapped(w[i / 2]) : w[i / 2];
		unsigned char c =
		    (unsigned char)(i % 2 == 0 ? one >> BYTE_BITS : one & BYTE);

		if (c == 0)
			break;
		to[n++] = c < ' ' || c > '~' ? '?' : (char)c;
	}
	while (n > 0 && to[n - 1] == ' ')
		n--;
	to[n] = 0;
}

const char *
decode_hex(struct arena *a, const uint16_t *w, int words)
{
	struct buf b = buf_new(a, 32);
	int i;

	for (i = 0; i < words; i++)
		buf_printf(&b, "%s0x%04X", i > 0 ? " " : "", (unsigned)w[i]);
	return (const char *)b.p;
}

static uint64_t
float_bits(double v, enum point_type type)
{
	uint64_t bits;
	uint32_t word;
	float f = (float)v;

	if (type == POINT_FLOAT16)
		return half(v);
	if (type == POINT_FLOAT32) {
		memcpy(&word, &f, sizeof(word));
		return word;
	}
	memcpy(&bits, &v, sizeof(bits));
	return bits;
}

/* The bits of an integer, rounded and clamped; 0 for what is no number. */
static uint64_t
integer_bits(double v, double low, double high)
{
	if (isnan(v))
		return 0;
	v = fmin(fmax(nearbyint(v), low), high);
	return v < 0 ? (uint64_t)(int64_t)v : (uint64_t)v;
}

/* Put a field of bits into registers and leave the others there. */
static void
bits_put(uint16_t *w, uint64_t bits, int from, int n, const struct point *p)
{
	const uint64_t mask = ((UINT64_C(1) << n) - 1) << from;
	uint64_t old = gather(w, p->words, p->order);

	scatter(w, (old & ~mask) | (bits << from & mask), p->words, p->order);
}

void
encode_raw(uint16_t *w, double v, enum point_type type, enum word_order order)
{
	const struct point one = { .words = 1, .order = order };
	bool high = type == POINT_UINT8H || type == POINT_INT8H;

	if (type == POINT_FLOAT16 || type == POINT_FLOAT32 ||
	    type == POINT_FLOAT64)
		scatter(w, float_bits(v, type), types[type].words, order);
	else if (high || type == POINT_UINT8L || type == POINT_INT8L)
		bits_put(w, integer_bits(v, types[type].low, types[type].high),
		    high ? BYTE_BITS : 0, BYTE_BITS, &one);
	else
		scatter(w, integer_bits(v, types[type].low, types[type].high),
		    types[type].words, order);
}

void
encode_point(uint16_t *w, const struct point *p, double v)
{
	double raw = v, most;

	if (p->scale != 1 || p->offset != 0)
		raw = (v - p->offset) / p->scale;
	if (isnan(v) && p->invalids > 0)
		raw = p->invalid[0];
	if (p->bits == 0) {
		encode_raw(w, raw, p->type, p->order);
		return;
	}
	most = (double)((UINT64_C(1) << p->bits) - 1);
	bits_put(w, integer_bits(raw, 0, most), p->bit, p->bits, p);
}
