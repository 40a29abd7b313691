/*
 * decimal.h - the double nearest to a decimal number, ties to even, quickly.
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

#endif
