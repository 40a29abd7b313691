/*
 * A power of ten is a power of five and one of two.  Up to 5^27 it fits into
 * 64 bits, so that product and quotient are known exactly in 128, and are
 * rounded once.
 */
#include "base/decimal.h"

#include <stddef.h>
#include <string.h>

typedef unsigned __int128 wide;

enum {
	FIVES = 27,   /* the largest power of five below 2^63 */
	TENS = 22,    /* the largest power of ten that is a double */
	DROPPED = 11, /* bits of 64 that a double has no room for */
	BIAS = 1075, /* of a double's exponent, of its bits as a whole number */
	LEAST = -2,  /* places before the point of what is written shortest */
	MOST = 9,
	SURE = 15,  /* so many digits are kept by any double */
	ENOUGH = 17 /* and so many tell it from its neighbours */
};

#define EXACT (UINT64_C(1) << 53)

static const double tens[TENS + 1] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
	1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
	1e20, 1e21, 1e22 };

static const uint64_t fives[FIVES + 1] = { UINT64_C(1), UINT64_C(5),
	UINT64_C(25), UINT64_C(125), UINT64_C(625), UINT64_C(3125),
	UINT64_C(15625), UINT64_C(78125), UINT64_C(390625), UINT64_C(1953125),
	UINT64_C(9765625), UINT64_C(48828125), UINT64_C(244140625),
	UINT64_C(1220703125), UINT64_C(6103515625), UINT64_C(30517578125),
	UINT64_C(152587890625), UINT64_C(762939453125), UINT64_C(3814697265625),
	UINT64_C(19073486328125), UINT64_C(95367431640625),
	UINT64_C(476837158203125), UINT64_C(2384185791015625),
	UINT64_C(11920928955078125), UINT64_C(59604644775390625),
	UINT64_C(298023223876953125), UINT64_C(1490116119384765625),
	UINT64_C(7450580596923828125) };

static int
leading_zeros(uint64_t v)
{
	return __builtin_clzll(v);
}

/* 2^n; n stays far within a double's exponents here. */
static double
power_of_two(int n)
{
	uint64_t bits = (uint64_t)(n + 1023) << 52;
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

/* v * 2^n, where `more` says that v is really a little larger; v > 0. */
static double
rounded(uint64_t v, bool more, int n)
{
	int lead = leading_zeros(v);
	uint64_t kept, rest, half = UINT64_C(1) << (DROPPED - 1);

	v <<= lead;
	kept = v >> DROPPED;
	rest = v & (half * 2 - 1);
	if (rest > half || (rest == half && (more || (kept & 1) != 0)))
		kept++;
	return (double)kept * power_of_two(n - lead + DROPPED);
}

static double
product(uint64_t digits, int exponent)
{
	wide p = (wide)digits * fives[exponent];
	uint64_t high = (uint64_t)(p >> 64);
	int shift;

	if (high == 0)
		return rounded((uint64_t)p, false, exponent);
	shift = 64 - leading_zeros(high);
	return rounded((uint64_t)(p >> shift),
	    (p & (((wide)1 << shift) - 1)) != 0, exponent + shift);
}

static double
quotient(uint64_t digits, int exponent)
{
	int up = leading_zeros(digits), by = leading_zeros(fives[exponent]);
	uint64_t divisor = fives[exponent] << by;
	wide dividend = (wide)(digits << up) << 63;
	uint64_t q = (uint64_t)(dividend / divisor);

	/* The high half is below the divisor, so the quotient fits. */
	return rounded(q, (uint64_t)dividend != q * divisor,
	    by - up - 63 - exponent);
}

bool
decimal_double(double *out, uint64_t digits, int exponent)
{
	if (digits == 0)
		*out = 0;
	else if (exponent < -FIVES || exponent > FIVES)
		return false;
	else if (digits <= EXACT && exponent <= 0 && exponent >= -TENS)
		*out = (double)digits / tens[-exponent];
	else if (digits <= EXACT && exponent > 0 && exponent <= TENS)
		*out = (double)digits * tens[exponent];
	else if (exponent < 0)
		*out = quotient(digits, -exponent);
	else
		*out = product(digits, exponent);
	return true;
}

/* v * 10^places to the nearest whole number, ties up. */
static uint64_t
scaled(double v, int places)
{
	uint64_t bits, m;
	int down;

	memcpy(&bits, &v, sizeof(bits));
	down = BIAS - (int)(bits >> 52) - places;
	m = (bits & (EXACT / 2 - 1)) | EXACT / 2;
	/* At most 53 and 45 bits. */
	return (uint64_t)(((wide)m * fives[places] + ((wide)1 << (down - 1))) >>
			  down);
}

bool
decimal_shortest(uint64_t *digits, int *places, double v)
{
	double size = v < 0 ? -v : v, back;
	int whole = LEAST, have;

	if (!(size >= 1 / tens[1 - LEAST] && size < tens[MOST]))
		return false;
	while (size >= (whole < 0 ? 1 / tens[-whole] : tens[whole]))
		whole++;
	for (have = SURE; have <= ENOUGH; have++) {
		*places = have - whole;
		*digits = scaled(size, *places);
		if (decimal_double(&back, *digits, -*places) && back == size)
			break;
	}
	for (; *digits % 10 == 0; *digits /= 10)
		(*places)--;
	return true;
}
