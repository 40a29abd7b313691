#include "store/ints.h"

#include <endian.h>
#include <string.h>

enum {
	SAMPLES = 4,   /* pieces that a form is tried on */
	PIECE = 64,    /* values of one, of a column that is not LONG */
	LONG = 1024,   /* values of one that lies in a chunk for good */
	WIDTHS = 59,   /* 0..57 bits and, as number 58, 64 bits */
	WIDE = 58,     /* a value of more bits crosses nine bytes */
	LENGTHS = 65,  /* that a value may have, in bits */
	ASKED = 9,     /* values that the middle is taken from */
	ZERO = 126,    /* a float's exponent below that of 1 */
	NARROW = 30,   /* bits that all values of many a block fit into */
	RUN = 0x7f,    /* block head: so many equal values */
	PATCHED = 0x80 /* block head: exceptions follow */
};

/* How a block is packed: value - ref in width bits, or it is an exception. */
struct fit {
	int64_t ref;
	unsigned width;
	size_t bits;
};

/* How many values of a block need how many bits. */
struct tally {
	uint64_t seen; /* bit w: some need width w */
	uint64_t any;  /* the bits of all values */
	uint8_t count[LENGTHS];
};

static unsigned
width_of(unsigned slot)
{
	return slot == WIDE ? 64 : slot;
}

static inline void
tally_put(struct tally *t, uint64_t v)
{
	t->any |= v;
	t->count[bit_length(v)]++;
}

/* All values are there: those that are too long for a slot share the last. */
static void
tally_end(struct tally *t)
{
	unsigned i, most = bit_length(t->any);

	for (i = WIDE + 1; i <= most; i++)
		t->count[WIDE] = (uint8_t)(t->count[WIDE] + t->count[i]);
	for (i = 0; i <= most && i < WIDTHS; i++)
		t->seen |= (uint64_t)(t->count[i] > 0) << i;
}

/* The bits of the values wider than the slot, as exceptions. */
static size_t
exceptions(const struct tally *t, unsigned slot, unsigned more)
{
	uint64_t above = t->seen & ~UINT64_C(1) << slot;
	size_t bits = 0;

	for (; above != 0; above &= above - 1) {
		unsigned s = (unsigned)__builtin_ctzll(above);
		unsigned high = width_of(s) - slot + more;

		bits += t->count[s] * (8 + (high + 6) / 7 * 8);
	}
	return bits;
}

static size_t
varint_bits(int64_t v)
{
	return ((size_t)bit_length(zigzag(v) | 1) + 6) / 7 * 8;
}

/*
 * Keep in best the cheapest width.  Values lie around the middle, or (base)
 * above it; more is what an exception's number is longer than the value's.
 */
static void
weigh(struct fit *best, const struct tally *t, size_t n, int64_t middle,
    unsigned base)
{
	uint64_t rest = t->seen;
	size_t apart = 0;

	for (; rest != 0 && apart < best->bits; apart += 8) {
		unsigned slot = 63 - (unsigned)__builtin_clzll(rest);
		unsigned width = width_of(slot);
		int64_t ref = middle;
		size_t bits;

		if (!base && width > 0)
			ref = minus(middle,
			    (int64_t)(UINT64_C(1) << (width - 1)));
		apart = exceptions(t, slot, base);
		bits = 8 + varint_bits(ref) + (n * width + 7) / 8 * 8 + apart +
		       (apart > 0 ? 8 : 0);
		if (bits < best->bits)
			*best = (struct fit){ ref, width, bits };
		rest &= ~(UINT64_C(1) << slot);
	}
}

/* The middle one of some values: outliers do not move it far. */
static int64_t
middle_of(const int64_t *r, size_t n)
{
	int64_t v[ASKED];
	size_t i, k;

	for (i = 0; i < ASKED; i++) {
		int64_t x = r[i * (n - 1) / (ASKED - 1)];

		for (k = i; k > 0 && v[k - 1] > x; k--)
			v[k] = v[k - 1];
		v[k] = x;
	}
	return v[ASKED / 2];
}

/*
 * Where the first bit of v stands, as a float alone can tell of several values
 * at once: the bit itself, and in *exponent ZERO and its place, or 0.  Without
 * a second bit behind the first none is rounded up.
 */
static inline uint32_t
first_bit(uint8_t *exponent, uint32_t v)
{
	float f = (float)(int32_t)(v & ~(v >> 1));
	uint32_t bits;

	memcpy(&bits, &f, sizeof(bits));
	*exponent = (uint8_t)(bits >> 23);
	bits &= UINT32_C(0xff) << 23;
	memcpy(&f, &bits, sizeof(f));
	return (uint32_t)(int32_t)f;
}

/* first: the first bits of all values, of which one is 0. */
static void
tally_exponents(struct tally *t, const uint8_t *exponent, uint64_t first)
{
	uint64_t rest;
	size_t i;

	t->seen = first << 1 | 1;
	for (rest = t->seen; rest != 0; rest &= rest - 1) {
		unsigned w = (unsigned)__builtin_ctzll(rest);
		uint8_t one = (uint8_t)(w > 0 ? ZERO + w : 0), count = 0;

		for (i = 0; i < INTS_PACKED; i++)
			count = (uint8_t)(count + (exponent[i] == one ? 1 : 0));
		t->count[w] = count;
	}
}

/* The same as tally, of values that are narrow. */
static void
tally_narrow(struct tally *above, struct tally *around, const int64_t *r,
    size_t n, int64_t low, int64_t middle)
{
	UNSET uint8_t exponent[2][INTS_PACKED];
	uint32_t base = (uint32_t)minus(middle, low), first[2] = { 0 };
	size_t i;

	memset(exponent, UINT8_MAX, sizeof(exponent));
	for (i = 0; i < n; i++) {
		uint32_t v = (uint32_t)minus(r[i], low), apart = v - base;

		first[0] |= first_bit(&exponent[0][i], v);
		first[1] |= first_bit(&exponent[1][i],
		    apart << 1 ^ (0 - (apart >> 31)));
	}
	tally_exponents(above, exponent[0], first[0]);
	tally_exponents(around, exponent[1], first[1]);
}

static void
tally(struct tally *above, struct tally *around, const int64_t *r, size_t n,
    int64_t low, int64_t middle)
{
	size_t i;

	for (i = 0; i < n; i++) {
		tally_put(above, (uint64_t)minus(r[i], low));
		tally_put(around, zigzag(minus(r[i], middle)));
	}
	tally_end(above);
	tally_end(around);
}

static struct fit
fit_block(const int64_t *r, size_t n)
{
	struct fit best = { .bits = SIZE_MAX };
	struct tally above = { 0 }, around = { 0 };
	int64_t low = r[0], high = r[0], middle = middle_of(r, n);
	size_t i;

	for (i = 1; i < n; i++) {
		low = r[i] < low ? r[i] : low;
		high = r[i] > high ? r[i] : high;
	}
	if ((uint64_t)minus(high, low) >> NARROW == 0)
		tally_narrow(&above, &around, r, n, low, middle);
	else
		tally(&above, &around, r, n, low, middle);
	weigh(&best, &above, n, low, 1);
	weigh(&best, &around, n, middle, 0);
	return best;
}

/* In units of 1 / 2^INTS_SLOPE_BITS; 0 for a line too steep to be one. */
static int64_t
slope_of(const int64_t *x, size_t n)
{
	int64_t rise = minus(x[n - 1], x[0]), run = (int64_t)n - 1;
	int64_t whole = rise / run, rest = rise % run;

	if (whole != whole << INTS_SLOPE_BITS >> INTS_SLOPE_BITS)
		return 0;
	return (whole << INTS_SLOPE_BITS) + (rest << INTS_SLOPE_BITS) / run;
}

/* What is left of n of them from place `at` on when the form is taken off. */
static void
take_off(int64_t *r, const int64_t *x, size_t at, size_t n, enum ints_form form,
    int64_t slope)
{
	uint64_t up = (uint64_t)slope * at;
	const int64_t *v = x + at;
	size_t i;

	for (i = 0; form == INTS_PLAIN && i < n; i++)
		r[i] = v[i];
	for (i = 0; form == INTS_DELTA && i < n; i++)
		r[i] = minus(v[i], v[i - 1]);
	for (i = 0; form == INTS_CHANGE && i < n; i++)
		r[i] = minus(minus(v[i], v[i - 1]), minus(v[i - 1], v[i - 2]));
	for (i = 0; form == INTS_LINE && i < n; i++) {
		r[i] = minus(v[i], plus(x[0], (int64_t)up >> INTS_SLOPE_BITS));
		up += (uint64_t)slope;
	}
}

/* All equal, or all a step apart: the forms that leave nothing. */
static bool
regular(struct ints_plan *plan, const int64_t *x, size_t n)
{
	int64_t step = n > 1 ? minus(x[1], x[0]) : 0;
	size_t i;

	for (i = 2; i < n; i++)
		if (minus(x[i], x[i - 1]) != step)
			return false;
	if (step != 0)
		*plan = (struct ints_plan){ INTS_STEPS,
			8 + varint_bits(x[0]) + varint_bits(step) };
	else if (x[0] >= 0 && x[0] < INTS_SMALL)
		*plan = (struct ints_plan){ INTS_SMALL, 8 };
	else
		*plan = (struct ints_plan){ INTS_SAME, 8 + varint_bits(x[0]) };
	return true;
}

struct ints_plan
ints_plan(const int64_t *x, size_t n)
{
	UNSET int64_t r[INTS_PACKED];
	struct ints_plan best = { INTS_PLAIN, SIZE_MAX };
	size_t k, samples, i;
	enum ints_form form;
	int64_t slope;

	if (regular(&best, x, n))
		return best;
	slope = slope_of(x, n);
	k = n < LONG ? PIECE : INTS_PACKED;
	k = n - 2 < k ? n - 2 : k;
	samples = (n - 2) / INTS_PACKED;
	samples = samples < 1 ? 1 : samples > SAMPLES ? SAMPLES : samples;
	for (form = INTS_PLAIN; form <= INTS_LINE; form++) {
		size_t sum = 0, bits = 0;

		for (i = 0; i < samples && bits < best.bits; i++) {
			take_off(r, x, 2 + (n - 2 - k) * i / samples, k, form,
			    slope);
			sum += fit_block(r, k).bits;
			bits = sum * n / (k * samples) + (size_t)form * 16;
		}
		if (bits < best.bits)
			best = (struct ints_plan){ form, bits };
	}
	return best;
}

/* As many bits of each, back to back, the low ones first. */
static unsigned char *
pack(unsigned char *to, const uint64_t *v, size_t n, unsigned width)
{
	uint64_t word = 0, out;
	unsigned have = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		word |= v[i] << have;
		have += width;
		if (have < 64)
			continue;
		out = htole64(word);
		memcpy(to, &out, 8);
		to += 8;
		have -= 64;
		word = have > 0 ? v[i] >> (width - have) : 0;
	}
	out = htole64(word);
	memcpy(to, &out, (have + 7) / 8);
	return to + (have + 7) / 8;
}

/*
 * An exception counts how far it lies outside of the window of the width, 0,
 * 2, 4 ... above and 1, 3, 5 ... below; the low bits of that stay in its place
 * among the packed ones.
 */
static uint64_t
distance(uint64_t apart, uint64_t mask)
{
	return apart >> 63 ? (~apart << 1) + 1 : (apart - mask - 1) << 1;
}

static unsigned char *
put_block(unsigned char *to, const int64_t *r, size_t n, const struct fit *f)
{
	UNSET uint64_t v[INTS_PACKED], high[INTS_PACKED];
	UNSET unsigned char place[INTS_PACKED];
	uint64_t mask = f->width == 0 ? 0 : ~UINT64_C(0) >> (64 - f->width);
	size_t i, k = 0;

	for (i = 0; i < n; i++) {
		v[i] = (uint64_t)minus(r[i], f->ref);
		if ((v[i] & ~mask) == 0)
			continue;
		v[i] = distance(v[i], mask);
		place[k] = (unsigned char)i;
		high[k++] = v[i] >> f->width;
		v[i] &= mask;
	}
	*to++ = (unsigned char)(f->width | (k > 0 ? PATCHED : 0));
	to = put_signed(to, f->ref);
	if (k > 0)
		*to++ = (unsigned char)k;
	to = pack(to, v, n, f->width);
	for (i = 0; i < k; i++) {
		*to++ = place[i];
		to = put_varint(to, high[i]);
	}
	return to;
}

/* How many from the first on are equal to it. */
static size_t
equal(const int64_t *r, size_t n)
{
	size_t i = 1;

	while (i < n && r[i] == r[0])
		i++;
	return i;
}

static unsigned char *
put_blocks(unsigned char *to, const int64_t *r, size_t n)
{
	size_t i, k;

	for (i = 0; i < n; i += k) {
		struct fit f;

		k = equal(r + i, n - i);
		if (k >= INTS_PACKED || k == n - i) {
			*to++ = RUN;
			to = put_varint(to, k);
			to = put_signed(to, r[i]);
			continue;
		}
		k = n - i < INTS_PACKED ? n - i : INTS_PACKED;
		f = fit_block(r + i, k);
		to = put_block(to, r + i, k, &f);
	}
	return to;
}

unsigned char *
ints_put(unsigned char *to, const int64_t *x, size_t n, struct ints_plan plan)
{
	UNSET int64_t r[INTS_MAX];
	int64_t slope = 0;
	size_t skip = 0;

	if (plan.form == INTS_SMALL) {
		*to++ = (unsigned char)(INTS_SMALL | x[0]);
		return to;
	}
	*to++ = (unsigned char)plan.form;
	if (plan.form != INTS_PLAIN)
		to = put_signed(to, x[0]);
	if (plan.form == INTS_STEPS || plan.form == INTS_CHANGE)
		to = put_signed(to, minus(x[1], x[0]));
	if (plan.form >= INTS_SAME)
		return to;
	if (plan.form == INTS_LINE) {
		slope = slope_of(x, n);
		to = put_signed(to, slope);
	}
	if (plan.form == INTS_DELTA || plan.form == INTS_CHANGE)
		skip = plan.form;
	take_off(r, x, skip, n - skip, plan.form, slope);
	return put_blocks(to, r, n - skip);
}
