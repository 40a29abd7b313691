/*
 * reading_of.h - what registers could mean: every type in every order, for
 * whoever has words and knows which value the device shows.
 */
#ifndef MODEL_READING_OF_H
#define MODEL_READING_OF_H

#include "model/profile.h"

enum { READINGS_OF_WORDS = 64 }; /* as many registers at once */

/* Registers, read as one type in one order. */
struct reading_of {
	int at; /* the first of them, from 0 */
	enum point_type type;
	enum word_order order;
	double raw;
	double scale; /* raw * scale is what was looked for; 0: it is not */
};

/*
 * Every whole number and float that begins in one of the n words, in the
 * orders that differ; in the arena.  What was looked for (NaN: nothing) is
 * found when it comes out to four digits, straight or through a power of ten
 * from 0.0001 to 1000.
 */
size_t readings_of(struct reading_of **, struct arena *, const uint16_t *,
    int n, double wanted);

#endif
