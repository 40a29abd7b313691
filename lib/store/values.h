/*
 * values.h - a column of doubles, as the integers that they come from.
 *
 * Sensors count: a register times 0.1, a float from a meter, three states.
 * The form that takes the fewest bytes is found by trying, and every double
 * comes back with its 64 bits.  Byte by byte in README.md.
 */
#ifndef STORE_VALUES_H
#define STORE_VALUES_H

#include "store/ints.h"

enum {
	VALUES_TABLE_MAX = 64,	/* distinct values of a table */
	VALUES_PLACES_MAX = 12, /* decimal places */
	VALUES_STRAYS_MAX = INTS_MAX / 24 + 1,
	VALUES_BYTES_MAX = 2 * INTS_BYTES_MAX + 1 + VARINT_MAX +
			   VALUES_STRAYS_MAX * (2 * VARINT_MAX + 8)
};

/* The low bits of the head byte; the high four are the decimal places. */
enum values_form {
	VALUES_DECIMAL,	  /* integer / 10^places */
	VALUES_DECIMAL32, /* the same, rounded to a float */
	VALUES_NEAR,	  /* decimal, and a second column of how far off */
	VALUES_NEAR32,
	VALUES_ORDER32, /* floats by their place in the order of all floats */
	VALUES_ORDER64, /* doubles likewise */
	VALUES_TABLE,	/* places in a table of the distinct ones */
	VALUES_FORMS,
	VALUES_STRAYS = 0x08, /* some do not fit, and stand behind */
	VALUES_PLACES = 16    /* one decimal place in the head byte */
};

/* 1 <= n <= INTS_MAX; room for VALUES_BYTES_MAX must be there. */
unsigned char *values_put(unsigned char *to, const double *, size_t n);

void values_get(double *, size_t n, struct cursor *);

/* Shared by both. */
extern const double values_powers[VALUES_PLACES_MAX + 1];

/* The place of a double among all doubles, and back; any 64 bits have one. */
int64_t order_of(double);
double of_order(int64_t);
int64_t order_of_float(float);
float of_order_float(int64_t);

#endif
