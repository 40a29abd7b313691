/*
 * digits.h - eight decimal digits at once.
 */
#ifndef BASE_DIGITS_H
#define BASE_DIGITS_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The number that eight bytes write; false: one of them is no digit. */
static inline bool
digits_eight(uint64_t *out, const unsigned char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	w = le64toh(w);
	if (((w & UINT64_C(0xf0f0f0f0f0f0f0f0)) |
		((w + UINT64_C(0x0606060606060606)) &
		    UINT64_C(0xf0f0f0f0f0f0f0f0)) >>
		    4) != UINT64_C(0x3333333333333333))
		return false;
	w = (w & UINT64_C(0x0f0f0f0f0f0f0f0f)) * 2561 >> 8;
	w = (w & UINT64_C(0x00ff00ff00ff00ff)) * 6553601 >> 16;
	*out =
	    (w & UINT64_C(0x0000ffff0000ffff)) * UINT64_C(42949672960001) >> 32;
	return true;
}

#endif
