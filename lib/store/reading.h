/*
 * reading.h - one value of one sensor at one instant.
 *
 * The key is (sensor, time); of two readings with one key the higher rev
 * wins, and the first of equals.  A reading without a value (a failed sensor,
 * a NaN register) has value NaN and quality 0.
 */
#ifndef STORE_READING_H
#define STORE_READING_H

#include <stdint.h>

enum { QUALITY_BAD = 0, QUALITY_UNCERTAIN = 50, QUALITY_GOOD = 100 };

/*
 * What a sensor's readings have beside them: those of windows their figures,
 * and some of all how many decimals there are from here on; see sample.h.
 */
enum facet {
	FACET_MIN,
	FACET_MAX,
	FACET_COUNT,
	FACET_STDDEV,
	WINDOW_FACETS,
	FACET_DECIMALS = WINDOW_FACETS,
	FACETS
};

struct reading {
	int64_t time; /* microseconds since 1970 UTC */
	double value;
	int32_t sensor;
	uint16_t rev;	 /* 0 at first; a correction carries a higher one */
	uint8_t quality; /* 0..100 */
};

#endif
