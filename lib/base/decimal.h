/*
 * decimal.h - the double nearest to a decimal number, ties to even, and the
 * decimal number nearest to a double, quickly.
 */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The double nearest to digits * 10^exponent.  The answer is exact or it is
 * none: false when the exponent is outside -27..27, and strtod must do it.
 */
bool decimal_double(double *, uint64_t digits, int exponent);

/*
 * The fewest digits that read back as |v|: it is the double nearest to
 * digits / 10^places, and no other number of as many digits is nearer to it.
 * False when |v| is not from 0.001 to below 10^9.
 */
bool decimal_shortest(uint64_t *digits, int *places, double v);

#endif
